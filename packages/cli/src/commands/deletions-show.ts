import { PlanError } from "@pagerport/core";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import {
  addDeletionsOptions,
  type DeletionsFlags,
  parsePlanId,
  withPlans,
} from "./deletions-options.ts";
import { createPaint } from "../ui/colour.ts";
import { formatPlan } from "../ui/plans/format-plan.ts";

/** The flags of `deletions show` as commander gives them. */
interface ShowFlags extends DeletionsFlags {
  readonly all?: true;
}

/** Adds `pagerport deletions show`. */
export function addDeletionsShowCommand(group: Command, context: CliContext): void {
  const command = group
    .command("show")
    .argument("<plan>", "its number, see 'pagerport deletions list'")
    .description("Show what is on a plan, why it is withheld, and what relates to it")
    .option("--all", "every entity, however many");
  addDeletionsOptions(command, [
    ["pagerport deletions show 7", ""],
    ["pagerport deletions show 7 --all", "every entity of it"],
    ["pagerport deletions show 7 --json", "for a script"],
  ]).action((id: string, flags: ShowFlags) => showDeletions(parsePlanId(id), flags, context));
}

async function showDeletions(id: number, flags: ShowFlags, context: CliContext): Promise<void> {
  const plan = await withPlans(flags, context, (operations) => operations.showPlan(id));
  if (plan === undefined) {
    throw new PlanError(`There is no plan ${id}: pagerport deletions list shows them`, {
      reason: "unknown",
    });
  }
  if (flags.json === true) {
    const { summary, entities, writes, replacedBy = null } = plan;
    const document = {
      command: "deletions show",
      plan: { ...summary, entities, writes, replacedBy },
    };
    context.stdout.write(`${JSON.stringify(document)}\n`);
    return;
  }
  const { stdout } = context;
  const colour = createPaint(stdout, context);
  const screen = { width: stdout.columns, colour, all: flags.all === true };
  stdout.write(`${formatPlan(plan, screen).join("\n")}\n`);
}
