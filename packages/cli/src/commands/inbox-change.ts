import { ConfigError, dropEvents, listEvents, retryEvents, type Sql } from "@pagerport/core";
import type { Command } from "commander";
import { type CliContext, exitCodes } from "../context.ts";
import { formatCount } from "../ui/format.ts";
import {
  addFilterOptions,
  addInboxOptions,
  type FilterFlags,
  type InboxFlags,
  parseFilter,
  withInbox,
} from "./inbox-options.ts";
import type { HelpText } from "../ui/help.ts";

/** The flags of `inbox retry` and `inbox drop` as commander gives them. */
interface ChangeFlags extends InboxFlags, FilterFlags {
  readonly all?: true;
}

type Change = (sql: Sql, ids: readonly string[]) => Promise<number>;

/** Ids of one statement. */
const idsPerStatement = 500;
/** The most that one command takes; more, and it is told to be repeated. */
const mostEvents = 100_000;

const retryExamples: HelpText["examples"] = [
  ["pagerport inbox retry 01FEVENT", "this one, at once"],
  ["pagerport inbox retry --all", "whatever waits or failed"],
  ["pagerport inbox retry --state dead --key incidents/Q1", "dead letters of one"],
];

const dropExamples: HelpText["examples"] = [
  ["pagerport inbox drop 01FEVENT", "this one: it counts as done"],
  ["pagerport inbox drop --state dead --type service.updated", ""],
  ["pagerport inbox drop --state dead --all", "every dead letter"],
];

/** Adds `pagerport inbox retry` and `pagerport inbox drop`. */
export function addInboxChangeCommands(group: Command, context: CliContext): void {
  const retry = group
    .command("retry")
    .description("Have events tried again at once, as if they had never failed");
  addOptions(retry, retryExamples).action((ids: readonly string[], flags: ChangeFlags) =>
    changeInbox("retry", retryEvents, { ids, flags }, context),
  );
  const drop = group
    .command("drop")
    .description("Give events up: what they told of comes with the next resync, if at all");
  addOptions(drop, dropExamples).action((ids: readonly string[], flags: ChangeFlags) =>
    changeInbox("drop", dropEvents, { ids, flags }, context),
  );
}

function addOptions(command: Command, examples: HelpText["examples"]): Command {
  return addInboxOptions(
    addFilterOptions(
      command
        .argument("[event...]", "ids, see 'pagerport inbox list'")
        .option("--all", "all that the other options leave"),
    ),
    examples,
  );
}

async function changeInbox(
  name: "retry" | "drop",
  change: Change,
  { ids, flags }: { readonly ids: readonly string[]; readonly flags: ChangeFlags },
  context: CliContext,
): Promise<void> {
  const { all, state, type, key, since } = flags;
  const filters = [all, state, type, key, since].filter((one) => one !== undefined);
  if (ids.length > 0 && filters.length > 0) {
    throw new ConfigError("Ids of events cannot be used together with filters or --all");
  }
  if (ids.length === 0 && filters.length === 0) {
    throw new ConfigError(
      `Say which events: their ids, filters, or --all (pagerport inbox ${name} --help)`,
    );
  }
  const { done, wanted } = await withInbox(flags, context, async (sql) => {
    const chosen = ids.length > 0 ? [...new Set(ids)] : await chooseIds(sql, flags);
    return { wanted: chosen.length, done: await changeAll(sql, chosen, change) };
  });
  if (flags.json === true) {
    const document = { command: `inbox ${name}`, events: done, notChanged: wanted - done };
    context.stdout.write(`${JSON.stringify(document)}\n`);
  }
  const verb = name === "retry" ? "Tried again from now on" : "Given up";
  context.stderr.write(`${verb}: ${formatCount(done)} of ${formatCount(wanted)} events.\n`);
  if (wanted === mostEvents) context.stderr.write("There may be more: run it again.\n");
  if (done === wanted) return;
  const unreadable = name === "retry" ? ", or cannot be read" : "";
  context.stderr.write(`The others are not there, are done already${unreadable}.\n`);
  // Whoever has named one wants just that; a filter takes what there is.
  if (ids.length > 0) context.exitCode = exitCodes.partial;
}

async function chooseIds(sql: Sql, flags: ChangeFlags): Promise<string[]> {
  const { states = [], ...filter } = parseFilter(flags, mostEvents);
  if (states.includes("done")) {
    throw new ConfigError("--state must be of waiting, dead: what is done stays so", {
      setting: "--state",
    });
  }
  const events = await listEvents(sql, { ...filter, states });
  return events.map(({ id }) => id);
}

async function changeAll(sql: Sql, ids: readonly string[], change: Change): Promise<number> {
  let changed = 0;
  for (let start = 0; start < ids.length; start += idsPerStatement) {
    changed += await change(sql, ids.slice(start, start + idsPerStatement));
  }
  return changed;
}
