import { Command } from "commander";
import { version } from "./version.ts";

/** Where the root prints. */
interface RootOutput {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** The command line without its commands. */
export function createRoot({ stdout, stderr }: RootOutput): Command {
  return (
    new Command("pagerport")
      // Before any command is added: commander copies these settings when it creates them.
      .exitOverride()
      .configureOutput({
        writeOut: (text) => stdout.write(text),
        writeErr: (text) => stderr.write(text),
      })
      .showSuggestionAfterError()
      .description("Keeps a developer portal's catalog true to PagerDuty")
      .version(version, "-V, --version", "print the version")
  );
}
