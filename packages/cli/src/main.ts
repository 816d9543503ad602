#!/usr/bin/env node
import process from "node:process";

/** What the list of commands, or the version, is asked for with. */
const overviewFlags = new Set(["--help", "-h", "--version", "-V"]);

void start(process.argv.slice(2));

/** Answers what needs no command at once; everything else waits for all of them to be loaded. */
async function start(args: readonly string[]): Promise<void> {
  const [first = ""] = args;
  if (args.length === 1 && overviewFlags.has(first)) {
    const { printOverview } = await import("./overview.ts");
    printOverview(args);
    return;
  }
  const { runProcess } = await import("./run-process.ts");
  await runProcess();
}
