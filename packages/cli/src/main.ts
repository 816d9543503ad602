#!/usr/bin/env node
import process from "node:process";
import { Command } from "commander";
import { type CliContext, exitCodes, type Output } from "./context.ts";
import { reportError } from "./report-error.ts";

const context: CliContext = {
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: outputOf(process.stdout),
  stderr: outputOf(process.stderr),
  signal: new AbortController().signal,
  exitCode: exitCodes.done,
};

const program = createProgram();
program.parseAsync().then(
  () => {
    process.exitCode = context.exitCode;
  },
  (error: unknown) => {
    process.exitCode = reportError(error, context);
  },
);

function createProgram(): Command {
  const created = new Command("pagerport");
  // Before any subcommand is added: commander copies this setting when it creates them.
  created.exitOverride();
  return created.description("Keeps a developer portal's catalog true to PagerDuty");
}

function outputOf(stream: NodeJS.WriteStream): Output {
  return {
    write: (text) => void stream.write(text),
    isTTY:  stream.isTTY,
    columns: stream.columns ?? 80,
  };
}
