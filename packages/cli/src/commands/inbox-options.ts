import {
  ConfigError,
  type EventState,
  findNearestName,
  type InboxEvent,
  type ListEventsOptions,
  parseTime,
  describeError,
  type Sql,
} from "@pagerport/core";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { openServerStore } from "../open-server-store.ts";
import { addConfigOption, loadRunSources, type RunFlags } from "../run-options.ts";
import { serverStoreSettingNames } from "../setting-names.ts";
import { addHelp, type ExitCodes, type HelpText } from "../ui/help.ts";

/** The flags of every command about the inbox, as commander gives them. */
export interface InboxFlags extends Pick<RunFlags, "config"> {
  readonly json?: true;
}

/** What exit codes mean for every command about the inbox. */
export const inboxExitCodes: ExitCodes = {
  0: true,
  2: "usage or configuration, or no such store",
  3: "not all of what was named could be done",
};

/** Adds the flags of {@link InboxFlags} and help to a command. */
export function addInboxOptions(command: Command, examples: HelpText["examples"]): Command {
  return addHelp(
    addConfigOption(command.option("--json", "print one JSON document on stdout when done")),
    {
      examples,
      about: ["The store is the server's: these settings must be as the server has them."],
      settings: [...serverStoreSettingNames],
      exitCodes: inboxExitCodes,
    },
  );
}

/** The flags that choose events. */
export interface FilterFlags {
  readonly state?: string;
  readonly type?: string;
  readonly key?: string;
  readonly since?: string;
}

/** Adds the flags of {@link FilterFlags} to a command. */
export function addFilterOptions(command: Command): Command {
  return command
    .option(
      "--state <list>",
      "of waiting, dead, done, with commas between them (default: waiting,dead)",
    )
    .option("--type <type>", "only this type of event (incident.triggered)")
    .option("--key <object>", "only those about one object (incidents/Q1)")
    .option(
      "--since <time>",
      "only those received then or later (2026-01-31, 2026-01-31T08:00:00Z)",
    );
}

const states: readonly EventState[] = ["waiting", "dead", "done"];

/** What flags choose; nothing that was done unless they say so. */
export function parseFilter(
  flags: FilterFlags,
  limit: number,
): ListEventsOptions & { readonly limit: number } {
  const { state, type, key, since } = flags;
  return {
    states: state === undefined ? ["waiting", "dead"] : parseStates(state),
    type,
    key,
    since: since === undefined ? undefined : parseSince(since),
    limit,
  };
}

function parseStates(text: string): EventState[] {
  return text.split(",").map((part) => {
    const name = part.trim();
    const state = states.find((one) => one === name);
    if (state !== undefined) return state;
    const nearest = findNearestName(name, states);
    const hint = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
    throw new ConfigError(`--state must be of ${states.join(", ")}: it names '${name}'.${hint}`, {
      setting: "--state",
    });
  });
}

/** A moment that `--since` names, milliseconds since 1970. @throws {ConfigError} */
export function parseSince(text: string): number {
  try {
    return parseTime(text);
  } catch (error) {
    throw new ConfigError(`--since ${describeError(error)}: current value is '${text}'`, {
      setting: "--since",
    });
  }
}

/** Does something with the server's store, and closes it. */
export async function withInbox<Value>(
  flags: InboxFlags,
  context: CliContext,
  work: (sql: Sql) => Promise<Value>,
): Promise<Value> {
  const store = await openServerStore(loadRunSources(flags, context), context);
  try {
    return await work(store.sql);
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

/** An event as `--json` has it: moments as ISO 8601, what is not known as null. */
export function describeEvent(event: InboxEvent): Record<string, string | number | null> {
  const { id, type, key = null, state, signedBy = null, attempts, lastError = null } = event;
  return {
    id,
    type,
    key,
    state,
    occurredAt: formatTime(event.occurredAt),
    receivedAt: formatTime(event.receivedAt),
    signedBy,
    attempts,
    nextAttempt: state === "waiting" ? formatTime(event.nextAttempt) : null,
    endedAt: formatTime(event.endedAt),
    lastError,
  };
}

function formatTime(moment: number | undefined): string | null {
  return moment === undefined ? null : new Date(moment).toISOString();
}
