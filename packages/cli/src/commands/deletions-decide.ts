import { type ApprovalOnPlan, ConfigError, type DecisionOnPlan } from "@pagerport/core";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { namePerson } from "../name-person.ts";
import { formatCount } from "../ui/format.ts";
import {
  addDeletionsOptions,
  type DeletionsFlags,
  parsePlanId,
  withPlans,
} from "./deletions-options.ts";

/** The flags of `deletions approve` and `deletions reject` as commander gives them. */
interface DecideFlags extends DeletionsFlags {
  readonly only?: readonly string[];
  readonly by?: string;
}

/** Adds `pagerport deletions approve` and `pagerport deletions reject`. */
export function addDeletionsDecideCommands(group: Command, context: CliContext): void {
  const approve = group
    .command("approve")
    .description("Let go what is on a plan, as far as PagerDuty still says that it is gone");
  addOptions(approve, [
    ["pagerport deletions approve 7", "all of it"],
    ["pagerport deletions approve 7 --only P1KCX2A P2LDY3B", "these of it"],
  ]).action((id: string, flags: DecideFlags) => decide("approve", parsePlanId(id), flags, context));
  const reject = group.command("reject").description("Keep what is on a plan, and ask no more");
  addOptions(reject, [
    ["pagerport deletions reject 7", "all of it"],
    ["pagerport deletions reject 7 --only P1KCX2A", "one of it"],
  ]).action((id: string, flags: DecideFlags) => decide("reject", parsePlanId(id), flags, context));
}

function addOptions(
  command: Command,
  examples: Parameters<typeof addDeletionsOptions>[1],
): Command {
  return addDeletionsOptions(
    command
      .argument("<plan>", "its number, see 'pagerport deletions list'")
      .option("--only <identifier...>", "not all of it, only these entities")
      .option("--by <name>", "who decides, for the record (default: user@host)"),
    examples,
  );
}

async function decide(
  verb: "approve" | "reject",
  id: number,
  flags: DecideFlags,
  context: CliContext,
): Promise<void> {
  const { only, by = namePerson() } = flags;
  if (by.trim() === "") throw new ConfigError("--by is empty", { setting: "--by" });
  const decision = { only, by };
  const decided = await withPlans<DecisionOnPlan & Partial<ApprovalOnPlan>>(
    flags,
    context,
    (operations) =>
      verb === "approve"
        ? operations.approvePlan(id, decision)
        : operations.rejectPlan(id, decision),
  );
  if (flags.json === true) {
    context.stdout.write(`${JSON.stringify({ command: `deletions ${verb}`, ...decided })}\n`);
  }
  for (const line of describeDecision(verb, decided)) context.stderr.write(`${line}\n`);
}

const notAsked =
  "It holds for 24 hours, but no run could be asked for at once: the next full one carries it out, be it by 'pagerport sync'.";

function describeDecision(
  verb: "approve" | "reject",
  { id, changed, already, by, isRunAsked }: DecisionOnPlan & Partial<ApprovalOnPlan>,
): string[] {
  const later = isRunAsked === false ? [notAsked] : [];
  const done = verb === "approve" ? "Approved" : "Rejected";
  if (changed === 0) {
    return [
      `Nothing changed: ${by ?? "somebody"} had ${done.toLowerCase()} ${formatCount(already)} of plan ${id} already.`,
      ...later,
    ];
  }
  const before = already > 0 ? `; ${formatCount(already)} were before` : "";
  const next =
    later[0] ??
    (verb === "approve"
      ? "A full run carries it out: a server on this store begins one now, without a server the next 'pagerport sync' does. It asks PagerDuty first, and leaves out what has changed. An approval holds for 24 hours."
      : "They stay in Port, and are not counted, until PagerDuty lists them again or the mapping reads them otherwise.");
  return [`${done} ${formatCount(changed)} of plan ${id}${before}.`, next];
}
