import type { Sandbox } from "@pagerport/cli/sandbox";
import { testEnvironment, withTestTime } from "./child-process.ts";
import { type CliResult, main, portEnvironment } from "./run-cli.ts";

/** A line of a server's log. */
type LogLine = Readonly<Record<string, unknown>> & {
  readonly level: string;
  readonly message: string;
};

/** A process of `pagerport serve`. */
export interface ServerProcess {
  /** `http://127.0.0.1:…`, without the prefix. */
  readonly url: string;
  readonly pid: number;
  /** What it has logged so far. */
  readonly log: readonly LogLine[];
  /** Resolves with the first line that fits and has a key, be it of the past or of the future. */
  waitFor(message: RegExp, key?: string): Promise<LogLine>;
  kill(signal: "SIGKILL" | "SIGINT" | "SIGTERM"): void;
  /** When it has ended. */
  readonly finished: Promise<Pick<CliResult, "code" | "stdout" | "milliseconds">>;
}

export interface StartServerOptions {
  readonly cwd: string;
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  /** The runtime and its arguments, before the file. */
  readonly runtime?: readonly string[];
  /** All of what comes before the arguments, in the place of runtime and file. */
  readonly command?: readonly string[];
  /** Where it listens; nothing leaves that to the environment. @default any free port */
  readonly listen?: readonly string[];
}

/** Starts `pagerport serve`, on any free port where no other is said, and waits until it listens. */
export async function startServer(options: StartServerOptions): Promise<ServerProcess> {
  const startedAt = performance.now();
  const { listen = ["--listen", "127.0.0.1:0"] } = options;
  const args = ["serve", ...listen, ...(options.args ?? [])];
  const command = options.command ?? [...withTestTime(options.runtime ?? [process.execPath]), main];
  const child = Bun.spawn([...command, ...args], {
    cwd: options.cwd,
    // Several at a time would want the one address that the API has by itself.
    env: { ...testEnvironment(options.cwd), PAGERPORT_API_LISTEN: "127.0.0.1:0", ...options.env },
    stdout: "pipe",
    stderr: "pipe",
  });
  const log: LogLine[] = [];
  const waiting = new Set<{
    readonly message: RegExp;
    readonly fits: (line: LogLine) => boolean;
    readonly resolve: (line: LogLine) => void;
    readonly reject: (error: Error) => void;
  }>();
  const take = (line: LogLine): void => {
    log.push(line);
    for (const one of waiting) {
      if (!one.fits(line)) continue;
      waiting.delete(one);
      one.resolve(line);
    }
  };
  const readLog = async (): Promise<void> => {
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of child.stderr) {
      text += decoder.decode(chunk, { stream: true });
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) take(parseLine(line));
    }
    for (const one of waiting) {
      one.reject(new Error(`It ended without ${String(one.message)}:\n${JSON.stringify(log)}`));
    }
  };
  const finish = async (): Promise<Pick<CliResult, "code" | "stdout" | "milliseconds">> => {
    const [stdout, code] = await Promise.all([
      new Response(child.stdout).text(),
      child.exited,
      readLog(),
    ]);
    return { code, stdout, milliseconds: performance.now() - startedAt };
  };
  const finished = finish();
  const waitFor = (message: RegExp, key?: string): Promise<LogLine> => {
    const fits = (line: LogLine): boolean =>
      message.test(line.message) && (key === undefined || line["key"] === key);
    const known = log.find(fits);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      waiting.add({ message, fits, resolve, reject });
    });
  };
  const { port } = await waitFor(/^Listening/);
  return {
    url: `http://127.0.0.1:${String(port)}`,
    pid: child.pid,
    log,
    waitFor,
    kill: (signal) => child.kill(signal),
    finished,
  };
}

/** The environment that makes a server use a sandbox, and take what is signed with `secret`. */
export function serverEnvironment(sandbox: Sandbox, secret: string): Record<string, string> {
  return { ...portEnvironment(sandbox), PD_WEBHOOK_SECRET: secret };
}

/** What is no JSON is shown as it is, so that a test sees it. */
function parseLine(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { level: "none", message: line };
  }
}
