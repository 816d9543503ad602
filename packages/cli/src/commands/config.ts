import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { addConfigShowCommand } from "./config-show.ts";

const examples = `Examples:
  pagerport config show          every setting, and where it comes from
`;

/** Adds `pagerport config` and what it can do. */
export function addConfigCommand(program: Command, context: CliContext): void {
  const group = program
    .command("config")
    .description("Settings: what they are, and where they come from")
    .addHelpText("before", examples);
  addConfigShowCommand(group, context);
}
