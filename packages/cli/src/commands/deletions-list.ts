import type { Command } from "commander";
import { type CliContext, exitCodes } from "../context.ts";
import { addDeletionsOptions, type DeletionsFlags, withPlans } from "./deletions-options.ts";
import { createPaint } from "../ui/colour.ts";
import { formatPlans } from "../ui/plans/format-plans.ts";

/** Adds `pagerport deletions list`. */
export function addDeletionsListCommand(group: Command, context: CliContext): void {
  const command = group
    .command("list")
    .description("Show the plans that wait for a decision, and what was rejected");
  addDeletionsOptions(command, [
    ["pagerport deletions list", "what waits, and what was rejected"],
    ["pagerport deletions list --json", "for a script"],
  ]).action((flags: DeletionsFlags) => listDeletions(flags, context));
}

async function listDeletions(flags: DeletionsFlags, context: CliContext): Promise<void> {
  const plans = await withPlans(flags, context, (operations) => operations.listPlans());
  if (flags.json === true) {
    context.stdout.write(`${JSON.stringify({ command: "deletions list", plans })}\n`);
  } else {
    const { stdout } = context;
    const screen = { width: stdout.columns, colour: createPaint(stdout, context) };
    stdout.write(`${formatPlans(plans, screen).join("\n")}\n`);
  }
  const isOpen = plans.some(({ entities }) => entities > 0);
  context.exitCode = isOpen ? exitCodes.partial : exitCodes.done;
}
