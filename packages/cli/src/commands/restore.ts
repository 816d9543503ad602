import { resolve } from "node:path";
import {
  ConfigError,
  describeError,
  type JournalPlace,
  type KeptJournal,
  listJournals,
  noRun,
  restoreEntities,
  type RestoreEntitiesOptions,
  type RestoreReport,
  type Store,
} from "@pagerport/core";
import type { Command } from "commander";
import { type CliContext, exitCodes } from "../context.ts";
import { addNewAccountOption, type NewAccountFlag, withPortHost } from "../check-hosts.ts";
import { openPort } from "../open-run.ts";
import { findServerStore, openServerStore } from "../open-server-store.ts";
import { addConfigOption, loadRunSources, type RunFlags } from "../run-options.ts";
import { formatCount } from "../ui/format.ts";
import { formatTable } from "../ui/table.ts";
import { parseSince } from "./inbox-options.ts";
import { portOnlySettingNames } from "../setting-names.ts";
import { addHelp, type HelpText } from "../ui/help.ts";

/** The flags of `restore` as commander gives them. */
interface RestoreFlags extends Pick<RunFlags, "config">, NewAccountFlag {
  readonly run?: string;
  readonly since?: string;
  readonly list?: true;
  readonly overwrite?: true;
  readonly json?: true;
}

/** Refused entities that are shown one by one; `--json` has all. */
const mostShown = 20;

const help: HelpText = {
  examples: [
    ["pagerport restore deleted-7.ndjson", "put back what run 7 deleted"],
    ["pagerport restore deleted-7.ndjson --overwrite", "also where Port's is newer"],
    ["pagerport restore --list", "what a server with a database keeps"],
    ["pagerport restore --run 7", "the same from there"],
    ["pagerport restore --run live --since 2026-01-31", "what events deleted since then"],
  ],
  about: [
    "The file is checked whole before anything is written. Entities are made after those that they relate to. What became a stub, because incidents name it, gets back what it had. Later runs delete all of it again, once they know it to be gone, unless what it was that removed it is mended.",
    "A server with PAGERPORT_DATABASE_URL keeps there what it deletes; one without has files in its state directory.",
  ],
  settings: [...portOnlySettingNames, "pagerDutyApiUrl"],
  exitCodes: {
    0: true,
    2: "usage or configuration, or a file that is none",
    3: "some could not be put back",
    4: true,
    5: true,
  },
};

/** Adds `pagerport restore`. */
export function addRestoreCommand(program: Command, context: CliContext): void {
  const command = program
    .command("restore")
    .argument("[file]", "what a run deleted: deleted-<run>.ndjson")
    .description("Put back entities that a run deleted from Port")
    .option(
      "--run <number>",
      "what that run deleted, from the server's store; live = what events did",
    )
    .option(
      "--since <time>",
      "of --run: only what was deleted then or later (2026-01-31T08:00:00Z)",
    )
    .option("--list", "show what the server's store keeps, and restore nothing")
    .option("--overwrite", "also where Port has a newer entity of the name")
    .option("--json", "print one JSON document on stdout when done");
  addHelp(addNewAccountOption(addConfigOption(command)), help).action(
    (file: string | undefined, flags: RestoreFlags) => runRestore(file, flags, context),
  );
}

async function runRestore(
  file: string | undefined,
  flags: RestoreFlags,
  context: CliContext,
): Promise<void> {
  const { run, since, list } = flags;
  const places = [file, run, list].filter((place) => place !== undefined);
  if (places.length !== 1 || (since !== undefined && run === undefined)) {
    throw new ConfigError(
      "Give one of these: a file, --run with the number of a run or 'live', --list; --since goes with --run",
    );
  }
  if (file !== undefined) {
    const known = await findKnownStore(flags, context);
    try {
      return await restore({ path: resolve(context.cwd, file), sql: known?.sql }, flags, context);
    } finally {
      await known?.[Symbol.asyncDispose]();
    }
  }
  const number = run === undefined ? undefined : parseRun(run);
  const from = since === undefined ? undefined : parseSince(since);
  const store = await openServerStore(loadRunSources(flags, context), context);
  try {
    if (number === undefined) await printJournals(store, flags, context);
    else await restore({ stored: { sql: store.sql, run: number, since: from } }, flags, context);
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

/** The store of the runs that deleted, where it can be opened: a file is put back without it too. */
async function findKnownStore(
  flags: RestoreFlags,
  context: CliContext,
): Promise<Store | undefined> {
  try {
    return (await findServerStore(loadRunSources(flags, context), context)).store;
  } catch (error) {
    context.stderr.write(
      `The store cannot be opened, so that what was a stub counts as one still: ${describeError(error)}\n`,
    );
    return undefined;
  }
}

function parseRun(text: string): number {
  if (text === "live") return noRun;
  const run = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(run) && run !== noRun) return run;
  throw new ConfigError(
    `--run must be the number of a run, or 'live': current value is '${text}'. 'pagerport restore --list' shows them`,
    { setting: "--run" },
  );
}

async function printJournals(
  { sql, place }: Store,
  flags: RestoreFlags,
  context: CliContext,
): Promise<void> {
  const journals = await listJournals(sql);
  if (flags.json === true) {
    const document = { command: "restore", journals: journals.map(describeJournal) };
    context.stdout.write(`${JSON.stringify(document)}\n`);
  } else if (journals.length === 0) {
    context.stderr.write(`Nothing that was deleted is in ${place}.\n`);
  } else {
    const rows = journals
      .map(describeJournal)
      .map(({ run, entities, from, until }) => [String(run), formatCount(entities), from, until]);
    const lines = formatTable([["run", "entities", "from", "until"], ...rows]);
    context.stdout.write(`${lines.join("\n")}\n`);
  }
}

function describeJournal({ run, entities, from, until }: KeptJournal): {
  readonly run: number | "live";
  readonly entities: number;
  readonly from: string;
  readonly until: string;
} {
  return {
    run: run === noRun ? "live" : run,
    entities,
    from: new Date(from).toISOString(),
    until: new Date(until).toISOString(),
  };
}

async function restore(
  place: JournalPlace & Pick<RestoreEntitiesOptions, "sql">,
  flags: RestoreFlags,
  context: CliContext,
): Promise<void> {
  const sources = loadRunSources(flags, context);
  const port = openPort(sources, context);
  const report = await withPortHost(port, { ...flags, sources, writes: true }, context, () =>
    restoreEntities({
      ...place,
      port,
      overwrite: flags.overwrite === true,
      signal: context.signal,
    }),
  );
  if (flags.json === true) {
    context.stdout.write(`${JSON.stringify({ command: "restore", ...report })}\n`);
  }
  for (const line of describeRestore(report)) context.stderr.write(`${line}\n`);
  const isWhole =
    report.refused.length === 0 &&
    report.missingBlueprints.length === 0 &&
    report.cutOff === undefined;
  context.exitCode = isWhole ? exitCodes.done : exitCodes.partial;
}

function describeRestore(report: RestoreReport): string[] {
  const { entities, restored, alreadyThere, refused, missingBlueprints, cutOff } = report;
  const lines = [`Put back ${formatCount(restored)} of ${formatCount(entities)} entities.`];
  if (alreadyThere.length > 0) {
    lines.push(
      `${formatCount(alreadyThere.length)} are in Port already, as new or newer, and were left alone; --overwrite replaces them.`,
    );
  }
  if (cutOff !== undefined) lines.push(`Line ${cutOff} is cut off, and its entity lost.`);
  lines.push(...missingBlueprints.map(({ message }) => message));
  for (const { blueprint, identifier, line, reason } of refused.slice(0, mostShown)) {
    lines.push(`Refused: ${identifier} of ${blueprint} (line ${line}): ${reason}`);
  }
  if (refused.length > mostShown) {
    lines.push(`${formatCount(refused.length - mostShown)} more were refused, see --json.`);
  }
  return lines;
}
