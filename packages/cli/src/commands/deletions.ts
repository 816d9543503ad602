import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { addHelp } from "../ui/help.ts";
import { addDeletionsDecideCommands } from "./deletions-decide.ts";
import { addDeletionsListCommand } from "./deletions-list.ts";
import { deletionsExitCodes } from "./deletions-options.ts";
import { addDeletionsShowCommand } from "./deletions-show.ts";

/** Adds `pagerport deletions` and what it can do. */
export function addDeletionsCommand(program: Command, context: CliContext): void {
  const group = program
    .command("deletions")
    .description("What is withheld from deletion: plans for a person to approve or reject");
  addHelp(group, {
    examples: [
      ["pagerport deletions list", "what waits for a decision"],
      ["pagerport deletions show 7", "one plan: what would go, and why"],
      ["pagerport deletions approve 7", "let it go, if PagerDuty still says that it is gone"],
      ["pagerport deletions reject 7", "keep it"],
    ],
    exitCodes: deletionsExitCodes,
  });
  addDeletionsListCommand(group, context);
  addDeletionsShowCommand(group, context);
  addDeletionsDecideCommands(group, context);
}
