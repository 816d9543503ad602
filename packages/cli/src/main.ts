#!/usr/bin/env node
import process from "node:process";
import { createProgram } from "./create-program.ts";
import { type CliContext, exitCodes, type Output } from "./context.ts";
import { Interrupted } from "./interrupted.ts";
import { reportError } from "./report-error.ts";

const controller = new AbortController();
const context: CliContext = {
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: outputOf(process.stdout),
  stderr: outputOf(process.stderr),
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

void run();

async function run(): Promise<void> {
  try {
    await createProgram(context).parseAsync();
  } catch (error) {
    context.exitCode = reportError(error, context);
  }
  process.exitCode = context.exitCode;
}

function outputOf(stream: NodeJS.WriteStream): Output {
  // A reader that has gone away (`| head`) is no error of ours.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(exitCodes.done);
    throw error;
  });
  return {
    write: (text) => void stream.write(text),
    isTTY: stream.isTTY,
    columns: stream.columns ?? 80,
  };
}
