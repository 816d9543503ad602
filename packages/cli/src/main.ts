#!/usr/bin/env node
import process from "node:process";

void start(process.argv.slice(2));

/**
 * Answers what needs no command at once: loading them takes a quarter of a second on Node, which is too
 * long for whoever only asks what there is.
 */
async function start(args: readonly string[]): Promise<void> {
  const [first = ""] = args;
  if (args.length === 1 && ["--help", "-h"].includes(first)) {
    const { overview } = await import("./generated/overview.ts");
    process.stdout.write(overview);
    return;
  }
  if (args.length === 1 && ["--version", "-V"].includes(first)) {
    const { version } = await import("./version.ts");
    process.stdout.write(`${version}\n`);
    return;
  }
  const { runProcess } = await import("./run-process.ts");
  await runProcess();
}
