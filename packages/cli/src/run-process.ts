import process from "node:process";
import { createProgram } from "./create-program.ts";
import { FileError, systemClock } from "@pagerport/core";
import { type CliContext, exitCodes, type Output } from "./context.ts";
import { Interrupted } from "./interrupted.ts";
import { ReaderGone } from "./reader-gone.ts";
import { reportError } from "./report-error.ts";

/** Runs what the arguments of this process ask for, and sets its exit code. */
export async function runProcess(): Promise<void> {
  const controller = new AbortController();
  const context: CliContext = {
    env: process.env,
    cwd: process.cwd(),
    clock: systemClock,
    stdin: process.stdin,
    stdout: outputOf(process.stdout, (error) => endForStdout(error, controller)),
    // What can no longer be told is no reason to stop what is being done.
    stderr: outputOf(process.stderr, () => undefined),
    signal: controller.signal,
    exitCode: exitCodes.done,
  };

  // node:sqlite still prints a warning on Node 22 and 24; what we use of it does not change any more.
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (!/SQLite/.test(warning.message))
      context.stderr.write(`${warning.name}: ${warning.message}\n`);
  });

  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      // The first asks for an orderly end, the second does not wait for it.
      if (controller.signal.aborted) {
        process.exit(name === "SIGINT" ? exitCodes.interrupted : exitCodes.terminated);
      }
      controller.abort(new Interrupted(name));
    });
  }

  try {
    await createProgram(context).parseAsync();
  } catch (error) {
    context.exitCode = reportError(error, context);
  }
  process.exitCode ??= context.exitCode;
  if (context.endsAtOnce === true) process.exit();
}

/** Data that nobody takes: a reader that has gone away (`| head`), or a full disk behind `>`. */
function endForStdout(error: NodeJS.ErrnoException, controller: AbortController): void {
  // Ends what is still under way; what had ended by itself ended as it did.
  if (error.code === "EPIPE") {
    controller.abort(new ReaderGone(error));
    return;
  }
  controller.abort(new FileError(`Cannot write to stdout: ${error.message}`, { path: "-" }));
  // A reader may have had enough. A disk that is full has not.
  process.exitCode = exitCodes.unexpected;
}

function outputOf(
  stream: NodeJS.WriteStream,
  onError: (error: NodeJS.ErrnoException) => void,
): Output {
  stream.on("error", onError);
  return {
    write: (text) => void stream.write(text),
    isTTY: stream.isTTY,
    // A pseudo-terminal that nobody has given a size says 0.
    columns: stream.columns > 0 ? stream.columns : 80,
  };
}
