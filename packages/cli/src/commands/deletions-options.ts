import { type ApiOperations, ConfigError } from "@pagerport/core";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import {
  addServerOption,
  openOperations,
  type ServerFlags,
  serverSettingNames,
} from "../open-operations.ts";
import { openStoreOperations } from "../open-store-operations.ts";
import { addConfigOption } from "../run-options.ts";
import { serverStoreSettingNames } from "../setting-names.ts";
import { addHelp, type ExitCodes, type HelpText } from "../ui/help.ts";

/** The flags of every command about deletions, as commander gives them. */
export interface DeletionsFlags extends ServerFlags {
  readonly json?: true;
}

/** What exit codes mean for every command about deletions. */
export const deletionsExitCodes: ExitCodes = {
  0: true,
  2: "usage or configuration, or no such plan or store",
  3: "something waits for a decision",
  5: "the server of --url did not answer",
};

/** Adds the flags of {@link DeletionsFlags} and help to a command. */
export function addDeletionsOptions(command: Command, examples: HelpText["examples"]): Command {
  const withFlags = command.option("--json", "print one JSON document on stdout when done");
  return addHelp(addServerOption(addConfigOption(withFlags)), {
    examples,
    about: [
      "With --url a server is asked. Without, the store of these settings is read, which must be as the server has them.",
    ],
    settings: [...serverStoreSettingNames, ...serverSettingNames],
    exitCodes: deletionsExitCodes,
  });
}

/** Does something about the plans of a server or of its store, and closes it. */
export async function withPlans<Value>(
  flags: DeletionsFlags,
  context: CliContext,
  work: (operations: ApiOperations) => Promise<Value>,
): Promise<Value> {
  const opened = await openOperations(flags, context, {
    openStore: (sources) => openStoreOperations(sources, context),
  });
  try {
    return await work(opened.operations);
  } finally {
    await opened[Symbol.asyncDispose]();
  }
}

/** The number of a plan. @throws {ConfigError} */
export function parsePlanId(text: string): number {
  const id = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(id) && id > 0) return id;
  throw new ConfigError(
    `A plan is named by its number: current value is '${text}'. 'pagerport deletions list' shows them`,
    { setting: "<plan>" },
  );
}
