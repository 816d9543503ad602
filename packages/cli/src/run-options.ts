import { findMapping, type SettingName, type SettingSources } from "@pagerport/core";
import type { Command } from "commander";
import type { CliContext } from "./context.ts";
import { loadSources } from "./load-config.ts";
import { readInput } from "./read-input.ts";
import { createSettingOption } from "./ui/help.ts";

/** The flags that every command with PagerDuty has, as commander gives them. */
export interface HostFlags {
  readonly config?: string;
  readonly apiUrl?: string;
  readonly requestsPerMinute?: string;
  readonly rateBudget?: string;
}

/** The flags that every command with a mapping and both hosts has. */
export interface RunFlags extends HostFlags {
  readonly mapping?: string;
}

/** Adds the flags of {@link RunFlags} to a command. */
export function addRunOptions(command: Command): Command {
  return addHostOptions(addMappingOption(command));
}

/** Adds `--mapping` and `--config` to a command that does not ask PagerDuty. */
export function addMappingOptions(command: Command): Command {
  return addConfigOption(addMappingOption(command));
}

/** Adds the flags of {@link HostFlags} to a command. */
export function addHostOptions(command: Command): Command {
  return addConfigOption(
    command
      .addOption(createSettingOption("pagerDutyApiUrl", "--api-url <url>"))
      .addOption(createSettingOption("requestsPerMinute", "--requests-per-minute <number>"))
      .addOption(createSettingOption("rateBudget", "--rate-budget <share>")),
  );
}

/** Adds `--config` to a command. */
export function addConfigOption(command: Command): Command {
  return command.option(
    "--config <file>",
    "settings file (default: the nearest pagerport.yaml upward)",
  );
}

function addMappingOption(command: Command): Command {
  return command.addOption(createSettingOption("mappingFile", "--mapping <file>", "- = stdin"));
}

/**
 * Where the settings of a command come from.
 *
 * @param more flags of the command's own that are settings
 */
export function loadRunSources(
  flags: RunFlags,
  context: CliContext,
  more: Readonly<Partial<Record<SettingName, string | undefined>>> = {},
): SettingSources {
  const given = {
    mappingFile: flags.mapping,
    pagerDutyApiUrl: flags.apiUrl,
    requestsPerMinute: flags.requestsPerMinute,
    rateBudget: flags.rateBudget,
    ...more,
  };
  const entries = Object.entries(given).filter(([, text]) => text !== undefined);
  return loadSources(context, { config: flags.config, flags: Object.fromEntries(entries) });
}

/** The mapping that the user has given for a run, for `chooseMapping()`; undefined where none is. */
export async function readGivenMapping(
  sources: SettingSources,
  context: CliContext,
): Promise<{ name: string; text: string; within: readonly string[] } | undefined> {
  const given = findMapping(sources, context.cwd);
  if (given === undefined) return undefined;
  const { name } = given;
  if ("text" in given) return { name, text: given.text, within: given.within };
  return { name, text: await readInput(given.path, given.origin, context), within: [] };
}
