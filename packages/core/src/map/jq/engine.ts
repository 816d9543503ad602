import type { ChildProcess } from "node:child_process";
import { type Clock, systemClock } from "../../clock.ts";
import { PagerportError } from "../../errors.ts";
import { createLineReader } from "./lines.ts";
import type { AnswerHeader, ReadyLine, RequestHeader } from "./protocol.ts";
import { type StartJqChild, startJqChild } from "./start-child.ts";

/** Runs jq programs somewhere that can be stopped. */
export interface JqEngine extends AsyncDisposable {
  /**
   * Runs one program over JSON texts, each one line.
   *
   * @param timeLimit Milliseconds, counted from when jq gets the request. Starting the child does not count.
   * @throws PagerportError when no child can be started at all.
   */
  run(program: string, inputs: readonly string[], timeLimit: number): Promise<JqAnswer>;
  /** Ends the child. The engine can be used again: the next `run` starts another. */
  close(): Promise<void>;
}

/** What became of a request. */
export type JqAnswer =
  | {
      readonly outcome: "answered";
      readonly rows: readonly string[];
      readonly exitCode: number;
      readonly stderr: string;
    }
  /** The time limit was reached, and the child has been killed. */
  | { readonly outcome: "timeout" }
  /** jq ran out of memory or of stack, or the child died. */
  | { readonly outcome: "aborted"; readonly reason: string };

export interface JqEngineOptions {
  /** @default startJqChild */
  readonly startChild?: StartJqChild;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** How long a child may take to load jq. Usual are 30 to 100 ms; this is for machines that are busy. */
const startLimitMs = 30_000;

/** An engine whose child process is started on first need, and replaced after it had to be killed. */
export function createJqEngine(options: JqEngineOptions = {}): JqEngine {
  const { startChild = startJqChild, clock = systemClock } = options;
  return new ChildEngine(startChild, clock);
}

class ChildEngine implements JqEngine {
  readonly #startChild: StartJqChild;
  readonly #clock: Clock;
  #child: JqChild | undefined;
  /** Requests are answered one after another; this is the end of the queue. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(startChild: StartJqChild, clock: Clock) {
    this.#startChild = startChild;
    this.#clock = clock;
  }

  run(program: string, inputs: readonly string[], timeLimit: number): Promise<JqAnswer> {
    const answer = this.#last.then(() => this.#runNow(program, inputs, timeLimit));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    await child?.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #runNow(program: string, inputs: readonly string[], timeLimit: number): Promise<JqAnswer> {
    const child = await this.#startedChild();
    const answer = await this.#within(timeLimit, child.ask(program, inputs));
    if (answer === undefined || answer.outcome === "aborted") {
      this.#child = undefined;
      await child.kill();
    }
    return answer ?? { outcome: "timeout" };
  }

  async #startedChild(): Promise<JqChild> {
    if (this.#child !== undefined && !this.#child.ended) return this.#child;
    const child = new JqChild(this.#startChild());
    const ready = await this.#within(startLimitMs, child.ready);
    if (ready !== true) {
      await child.kill();
      throw new PagerportError(
        `Cannot start the process that runs jq: ${child.endReason ?? `no answer within ${startLimitMs} ms`}`,
      );
    }
    this.#child = child;
    return child;
  }

  /** What the promise gives, or undefined where the time was up first. */
  async #within<T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> {
    const timer = new AbortController();
    const timeUp = this.#clock.sleep(milliseconds, timer.signal).then(
      () => undefined,
      () => undefined,
    );
    try {
      return await Promise.race([promise, timeUp]);
    } finally {
      timer.abort();
    }
  }
}

/** One child process, from its start to its end. */
class JqChild {
  /** True when jq is loaded, false when the process ended instead. */
  readonly ready: Promise<boolean>;
  ended = false;
  endReason: string | undefined;
  readonly #process: ChildProcess;
  readonly #exit: Promise<void>;
  #setReady: (ready: boolean) => void = () => undefined;
  #waiting: { readonly resolve: (answer: JqAnswer) => void; readonly id: number } | undefined;
  #header: AnswerHeader | undefined;
  #rows: string[] = [];
  #lastId = 0;
  /** Whether the process and its pipes keep this program alive, as they do when they are new. */
  #held = true;

  constructor(process: ChildProcess) {
    this.#process = process;
    this.ready = new Promise((resolve) => {
      this.#setReady = resolve;
    });
    this.#exit = new Promise((resolve) => {
      process.once("exit", (code, signal) => {
        this.#end(`it ended with ${signal ?? `exit code ${String(code)}`}`);
        resolve();
      });
      process.once("error", (error) => {
        this.#end(error.message);
        resolve();
      });
    });
    // A pipe to a child that has just died reports it here; the exit tells the story.
    process.stdin?.on("error", () => undefined);
    process.stdout?.on("error", () => undefined);
    process.stdout?.on(
      "data",
      createLineReader((line) => this.#takeLine(line)),
    );
  }

  ask(program: string, inputs: readonly string[]): Promise<JqAnswer> {
    return new Promise((resolve) => {
      this.#lastId += 1;
      const header: RequestHeader = { id: this.#lastId, program, lines: inputs.length };
      this.#waiting = { resolve, id: header.id };
      this.#hold(true);
      if (this.ended) this.#end(this.endReason ?? "it has ended");
      else this.#process.stdin?.write(`${JSON.stringify(header)}\n${inputs.map(asLine).join("")}`);
    });
  }

  async kill(): Promise<void> {
    // Its end is waited for, so it must keep the program alive that long.
    this.#hold(true);
    if (!this.ended) this.#process.kill("SIGKILL");
    await this.#exit;
  }

  #takeLine(line: string): void {
    if (this.#header === undefined) {
      const header = JSON.parse(line) as AnswerHeader | ReadyLine;
      if ("ready" in header) {
        this.#hold(false);
        this.#setReady(true);
        return;
      }
      this.#header = header;
    } else {
      this.#rows.push(line);
    }
    if (this.#rows.length === this.#header.lines) this.#answer(this.#header, this.#rows);
  }

  #answer(header: AnswerHeader, rows: readonly string[]): void {
    const waiting = this.#waiting;
    this.#header = undefined;
    this.#rows = [];
    if (waiting?.id !== header.id) return;
    this.#waiting = undefined;
    this.#hold(false);
    if ("aborted" in header) waiting.resolve({ outcome: "aborted", reason: header.aborted });
    else
      waiting.resolve({
        outcome: "answered",
        rows,
        exitCode: header.exitCode,
        stderr: header.stderr,
      });
  }

  #end(reason: string): void {
    this.ended = true;
    this.endReason ??= reason;
    this.#setReady(false);
    this.#waiting?.resolve({ outcome: "aborted", reason });
    this.#waiting = undefined;
  }

  /** A child that has nothing to do must not keep the program alive. */
  #hold(alive: boolean): void {
    // On Bun a second ref() has to be taken back twice.
    if (alive === this.#held) return;
    this.#held = alive;
    const handles = [this.#process, this.#process.stdin, this.#process.stdout];
    for (const handle of handles as readonly (Holdable | null)[]) {
      if (alive) handle?.ref?.();
      else handle?.unref?.();
    }
  }
}

/** Pipes have these two on all runtimes, though their type does not say so. */
interface Holdable {
  ref?(): void;
  unref?(): void;
}

function asLine(text: string): string {
  return `${text}\n`;
}
