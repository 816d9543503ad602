import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { addInboxChangeCommands } from "./inbox-change.ts";
import { addInboxListCommand } from "./inbox-list.ts";
import { addInboxShowCommand } from "./inbox-show.ts";
import { addHelp } from "../ui/help.ts";
import { inboxExitCodes } from "./inbox-options.ts";

/** Adds `pagerport inbox` and what it can do. */
export function addInboxCommand(program: Command, context: CliContext): void {
  const group = program
    .command("inbox")
    .description("Events that the server has received: what waits, and what failed for good");
  addHelp(group, {
    examples: [
      ["pagerport inbox list", "what waits, and what a person has to look at"],
      ["pagerport inbox show EVENT", "one event, with the bytes that came"],
      ["pagerport inbox retry --all", "try again at once, dead letters included"],
      ["pagerport inbox drop EVENT", "give one up"],
    ],
    exitCodes: inboxExitCodes,
  });
  addInboxListCommand(group, context);
  addInboxShowCommand(group, context);
  addInboxChangeCommands(group, context);
}
