import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { addConfigShowCommand } from "./config-show.ts";
import { addHelp } from "../ui/help.ts";

/** Adds `pagerport config` and what it can do. */
export function addConfigCommand(program: Command, context: CliContext): void {
  const group = program
    .command("config")
    .description("Settings: what they are, and where they come from");
  addHelp(group, {
    examples: [
      ["pagerport config show", "every setting, and where it comes from"],
      ["pagerport config show --json", "one JSON document"],
    ],
    exitCodes: { 0: true, 2: "a setting cannot be used" },
  });
  addConfigShowCommand(group, context);
}
