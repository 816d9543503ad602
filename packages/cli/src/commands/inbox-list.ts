import { ConfigError, type InboxEvent, listEvents, noteListed, readBacklog } from "@pagerport/core";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { formatCount, formatDuration } from "../ui/format.ts";
import {
  addFilterOptions,
  addInboxOptions,
  describeEvent,
  type FilterFlags,
  type InboxFlags,
  parseFilter,
  withInbox,
} from "./inbox-options.ts";
import type { HelpText } from "../ui/help.ts";

/** The flags of `inbox list` as commander gives them. */
interface ListFlags extends InboxFlags, FilterFlags {
  readonly limit: string;
}

const defaultLimit = "100";
const mostListed = 100_000;

const examples: HelpText["examples"] = [
  ["pagerport inbox list", "what waits, and what a person has to look at"],
  ["pagerport inbox list --state dead", "dead letters: what failed for good"],
  ["pagerport inbox list --state done --since 2026-01-31 --json", "what was done since then"],
  ["pagerport inbox list --key incidents/Q1", "all that waits for one object"],
];

/** Adds `pagerport inbox list`. */
export function addInboxListCommand(group: Command, context: CliContext): void {
  const command = group
    .command("list")
    .description("Show events, those received last first; never what is in them")
    .option("--limit <number>", "the most events", defaultLimit);
  addInboxOptions(addFilterOptions(command), examples).action((flags: ListFlags) =>
    listInbox(flags, context),
  );
}

async function listInbox(flags: ListFlags, context: CliContext): Promise<void> {
  const filter = parseFilter(flags, parseLimit(flags.limit));
  await withInbox(flags, context, async (sql) => {
    const events = await listEvents(sql, filter);
    await noteListed(
      sql,
      events.filter(({ state }) => state === "dead").map(({ id }) => id),
    );
    const { waiting, dead, oldest } = await readBacklog(sql);
    if (flags.json === true) {
      const backlog = { waiting, dead, oldestMs: oldest ?? null };
      const document = { command: "inbox list", events: events.map(describeEvent), backlog };
      context.stdout.write(`${JSON.stringify(document)}\n`);
      return;
    }
    for (const event of events) context.stdout.write(`${formatEvent(event)}\n`);
    const age = oldest === undefined ? "" : `, the oldest for ${formatDuration(oldest)}`;
    context.stderr.write(
      `${formatCount(events.length)} shown. In all ${formatCount(waiting)} wait${age}; ${formatCount(dead)} are dead letters.\n`,
    );
  });
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= mostListed) return limit;
  throw new ConfigError(
    `--limit must be a whole number from 1 to ${mostListed}: current value is '${text}'`,
    { setting: "--limit" },
  );
}

function formatEvent(event: InboxEvent): string {
  const { id, type, key = "-", state, attempts, lastError } = event;
  const fields = [new Date(event.receivedAt).toISOString(), state, id, type, key];
  const failures = attempts === 0 ? "" : `${attempts} attempts: `;
  const error = lastError === undefined ? "" : `${failures}${lastError.replaceAll(/\s+/g, " ")}`;
  return [...fields, error].join("\t").trimEnd();
}
