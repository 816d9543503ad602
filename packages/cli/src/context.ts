import type { Clock } from "@pagerport/core";

/** What a command may touch of the process it runs in. Commands get it as their one dependency. */
export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** What time it is to all but the store, which goes by its database. */
  readonly clock: Clock;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Data, and nothing else. */
  readonly stdout: Output;
  /** Everything that is not data: progress, problems, what to do next. */
  readonly stderr: Output;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** The code that the process ends with, once the command's promise has resolved; 0 until set. */
  exitCode: number;
  /** Whether it then ends at once, whatever is still under way: for what had its time to end. */
  endsAtOnce?: boolean;
}

/** A stream that a command prints on. */
export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Width in characters; 80 where it is not a terminal. */
  readonly columns: number;
}

/** Exit codes, the same for every command and listed in `--help`. */
export const exitCodes = {
  done: 0,
  unexpected: 1,
  usage: 2,
  /** Finished, but not everything: refused objects, an incomplete kind. */
  partial: 3,
  authentication: 4,
  /** A host did not answer after retries, or a server that `--url` names did not. */
  unavailable: 5,
  interrupted: 130,
  terminated: 143,
} as const;
