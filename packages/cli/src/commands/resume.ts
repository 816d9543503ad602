import { ConfigError, describePause, doAudited, endPause } from "@pagerport/core";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { namePerson } from "../name-person.ts";
import {
  addServerOption,
  findServer,
  type ServerFlags,
  serverSettingNames,
} from "../open-operations.ts";
import { addConfigOption } from "../run-options.ts";
import { serverStoreSettingNames } from "../setting-names.ts";
import { addHelp, type HelpText } from "../ui/help.ts";
import { type InboxFlags, withInbox } from "./inbox-options.ts";
import { describeFields } from "./pause.ts";

/** The flags of `resume` as commander gives them. */
interface ResumeFlags extends InboxFlags, ServerFlags {
  readonly by?: string;
}

const help: HelpText = {
  examples: [
    ["pagerport resume", "events that waited are applied, and runs that are due begin"],
    ["pagerport resume --by 'Ana, on call'", "the log says who it was"],
  ],
  about: ["The store is the server's: these settings must be as the server has them."],
  settings: [...serverStoreSettingNames, ...serverSettingNames],
  exitCodes: {
    0: true,
    2: "usage or configuration, or no such store",
    5: "the server of --url did not answer",
  },
};

/** Adds `pagerport resume`. */
export function addResumeCommand(program: Command, context: CliContext): void {
  const command = program
    .command("resume")
    .description("Go on after 'pagerport pause'; where nothing is paused, nothing is done")
    .option("--by <text>", "who you are (default: user@host)")
    .option("--json", "print one JSON document on stdout when done");
  addHelp(addServerOption(addConfigOption(command)), help).action((flags: ResumeFlags) =>
    runResume(flags, context),
  );
}

async function runResume(flags: ResumeFlags, context: CliContext): Promise<void> {
  const { by = namePerson() } = flags;
  if (by.trim() === "") throw new ConfigError("--by is empty", { setting: "--by" });
  const server = findServer(flags, context);
  const action = { who: by, from: "command line", action: "resume", what: "" };
  const ended =
    server === undefined
      ? await withInbox(flags, context, (sql) =>
          doAudited(sql, action, () => endPause(sql, { by })),
        )
      : await server.resume({ by });
  if (flags.json === true) {
    const document = {
      command: "resume",
      ended: ended === undefined ? null : describeFields(ended),
    };
    context.stdout.write(`${JSON.stringify(document)}\n`);
  }
  context.stderr.write(
    ended === undefined
      ? "Nothing was paused.\n"
      : `It goes on within two seconds. Ended: ${describePause(ended)}.\n`,
  );
}
