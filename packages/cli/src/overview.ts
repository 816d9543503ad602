import process from "node:process";
import { Command, CommanderError } from "commander";
import { createRoot } from "./create-root.ts";
import { commandList } from "./generated/command-list.ts";

/**
 * The root with what it says of its commands, and none of them: loading them takes a quarter of a second
 * on Node, which is too long for whoever only asks what there is.
 */
export function createOverview(output: Parameters<typeof createRoot>[0]): Command {
  const program = createRoot(output);
  const terms = new Map<Command, string>();
  for (const [term, summary] of commandList) {
    const command = new Command(term.split(" ")[0]).description(summary);
    terms.set(command, term);
    program.addCommand(command);
  }
  return program.configureHelp({
    subcommandTerm: (command) => terms.get(command) ?? `${command.name()} [command]`,
  });
}

/** Prints the version or the list of commands. @param args one flag of the root */
export function printOverview(args: readonly string[]): void {
  try {
    createOverview(process).parse([...args], { from: "user" });
  } catch (error) {
    // commander ends with it what went well, too.
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode;
  }
}
