import { resolve } from "node:path";
import {
  ConfigError,
  describeError,
  forgetRestored,
  type JournalPlace,
  listJournals,
  loadPortSettings,
  noRun,
  restoreEntities,
  type RestoreEntitiesOptions,
  type RestoreReport,
  type Store,
} from "@pagerport/core";
import type { Command } from "commander";
import { type CliContext, exitCodes } from "../context.ts";
import { addNewAccountOption, type NewAccountFlag, withPortHost } from "../check-hosts.ts";
import { writeUnlessPaused } from "../check-paused.ts";
import { openPort } from "../open-run.ts";
import { findServerStore, openServerStore } from "../open-server-store.ts";
import { addConfigOption, loadRunSources, type RunFlags } from "../run-options.ts";
import { formatCount } from "../ui/format.ts";
import { parseSince } from "./inbox-options.ts";
import { portOnlySettingNames } from "../setting-names.ts";
import { addHelp, type HelpText } from "../ui/help.ts";
import { addRotating, findJournalFiles } from "./journal-files.ts";
import { listFolders, printJournals } from "./print-journals.ts";

/** The flags of `restore` as commander gives them. */
interface RestoreFlags extends Pick<RunFlags, "config">, NewAccountFlag {
  readonly run?: string;
  readonly since?: string;
  readonly list?: true;
  readonly overwrite?: true;
  readonly dryRun?: true;
  readonly release?: true;
  readonly json?: true;
}

/** Refused entities that are shown one by one; `--json` has all. */
const mostShown = 20;

const help: HelpText = {
  examples: [
    ["pagerport restore deleted-7.ndjson", "put back what run 7 deleted"],
    ["pagerport restore deleted-7.ndjson --overwrite", "also where Port's is newer"],
    ["pagerport restore --list", "what was deleted, by run"],
    ["pagerport restore --run 7", "the same from there"],
    ["pagerport restore --run 7 pagerdutyService P1KCX2A", "one of it"],
    ["pagerport restore --release pagerdutyService P1KCX2A", "let it go again"],
    ["pagerport restore --run live --since 2026-01-31", "what events deleted since then"],
  ],
  about: [
    "The file is checked whole before anything is written. Entities are made after those that they relate to. What became a stub, because incidents name it, gets back what it had. Relations of other entities that led to it, and are still empty, are set again. It is held, and no run deletes it, until PagerDuty lists it again or --release names it.",
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
    .argument(
      "[names...]",
      "what a run deleted, deleted-<run>.ndjson, unless --run says so; then a blueprint and identifiers, where not all is wanted",
    )
    .description("Put back entities that a run deleted from Port")
    .option(
      "--run <number>",
      "what that run deleted, from the server's store or the files beside it; live = what events did",
    )
    .option(
      "--since <time>",
      "of --run: only what was deleted then or later (2026-01-31T08:00:00Z)",
    )
    .option("--list", "show what the server's store, or files beside it, keep, and restore nothing")
    .option("--dry-run", "write nothing; say what would be put back")
    .option(
      "--release",
      "let the entities named go again: a blueprint and identifiers; restore nothing",
    )
    .option("--overwrite", "also where Port has a newer entity of the name")
    .option("--json", "print one JSON document on stdout when done");
  addHelp(addNewAccountOption(addConfigOption(command)), help).action(
    (names: readonly string[], flags: RestoreFlags) => runRestore(names, flags, context),
  );
}

async function runRestore(
  names: readonly string[],
  flags: RestoreFlags,
  context: CliContext,
): Promise<void> {
  const { run, since, list, release } = flags;
  const takesFile = run === undefined && list === undefined && release === undefined;
  const file = takesFile ? names[0] : undefined;
  const places = [file, run, list, release].filter((place) => place !== undefined);
  // No blueprint is called like a file.
  const looksLikeFile = /[./\\]/.test(names[0] ?? "");
  const hasStray = (list === true && names.length > 0) || (!takesFile && looksLikeFile);
  if (places.length !== 1 || hasStray || (since !== undefined && run === undefined)) {
    throw new ConfigError(
      "Give one of these: a file, --run with the number of a run or 'live', --list, --release; --since goes with --run",
    );
  }
  const [blueprint, ...identifiers] = takesFile ? names.slice(1) : names;
  if (release === true) {
    await releaseRestored({ blueprint, identifiers }, flags, context);
    return;
  }
  const only =
    blueprint === undefined
      ? undefined
      : { blueprint, identifiers: identifiers.length === 0 ? undefined : new Set(identifiers) };
  if (file !== undefined) {
    const known = await findKnownStore(flags, context);
    try {
      return await restore(
        { paths: addRotating(resolve(context.cwd, file)), sql: known?.sql, only },
        flags,
        context,
      );
    } finally {
      await known?.[Symbol.asyncDispose]();
    }
  }
  const number = run === undefined ? undefined : parseRun(run);
  const from = since === undefined ? undefined : parseSince(since);
  const store = await openServerStore(loadRunSources(flags, context), context);
  try {
    const folders = listFolders(store, loadRunSources(flags, context), context);
    if (number === undefined) {
      await printJournals({ store, folders, isJson: flags.json === true }, context);
    } else if (folders.length > 0 && !(await hasJournal(store, number))) {
      if (from !== undefined) {
        throw new ConfigError("--since goes with what a database keeps; give the file itself", {
          setting: "--since",
        });
      }
      const paths = await findJournalFiles(number === noRun ? "live" : number, folders);
      await restore({ paths, sql: store.sql, only }, flags, context);
    } else {
      await restore({ stored: { sql: store.sql, run: number, since: from }, only }, flags, context);
    }
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

/** Lets what was put back go again: the next full run decides on it as on all else. */
async function releaseRestored(
  named: { readonly blueprint: string | undefined; readonly identifiers: readonly string[] },
  flags: RestoreFlags,
  context: CliContext,
): Promise<void> {
  const { blueprint, identifiers } = named;
  if (blueprint === undefined || identifiers.length === 0) {
    throw new ConfigError("--release needs a blueprint and identifiers", { setting: "--release" });
  }
  const store = await openServerStore(loadRunSources(flags, context), context);
  try {
    const refs = [...new Set(identifiers)].map((identifier) => ({ blueprint, identifier }));
    const released = await forgetRestored(store.sql, refs);
    if (flags.json === true) {
      context.stdout.write(`${JSON.stringify({ command: "restore", released })}\n`);
    }
    context.stderr.write(
      `Released ${formatCount(released)} of ${formatCount(refs.length)}: the next full run decides on what is not made again.\n`,
    );
    context.exitCode = released === refs.length ? exitCodes.done : exitCodes.partial;
  } finally {
    await store[Symbol.asyncDispose]();
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

async function hasJournal({ sql }: Store, number: number): Promise<boolean> {
  return (await listJournals(sql)).some(({ run }) => run === number);
}

async function restore(
  place: JournalPlace & Pick<RestoreEntitiesOptions, "sql" | "only">,
  flags: RestoreFlags,
  context: CliContext,
): Promise<void> {
  const sources = loadRunSources(flags, context);
  const opened = openPort(sources, context);
  const dryRun = flags.dryRun === true;
  const sql = place.sql ?? ("stored" in place ? place.stored.sql : undefined);
  const writing = { sql: dryRun ? undefined : sql, port: opened, tryInstead: "--dry-run" };
  const report = await writeUnlessPaused(writing, context, (port) =>
    withPortHost(port, { ...flags, sources, writes: !dryRun }, context, () =>
      restoreEntities({
        ...place,
        port,
        dryRun,
        integrationIdentifier: loadPortSettings(sources).integrationIdentifier,
        overwrite: flags.overwrite === true,
        signal: context.signal,
      }),
    ),
  );
  if (flags.json === true) {
    context.stdout.write(`${JSON.stringify({ command: "restore", dryRun, ...report })}\n`);
  }
  for (const line of describeRestore(report, dryRun)) context.stderr.write(`${line}\n`);
  const isWhole =
    report.refused.length + report.unrelated.length === 0 &&
    report.missingBlueprints.length === 0 &&
    report.cutOff === undefined;
  context.exitCode = isWhole ? exitCodes.done : exitCodes.partial;
}

function describeRestore(report: RestoreReport, dryRun: boolean): string[] {
  const { entities, restored, alreadyThere, refused, missingBlueprints, cutOff } = report;
  const verb = dryRun ? "Would put back" : "Put back";
  const lines = [`${verb} ${formatCount(restored)} of ${formatCount(entities)} entities.`];
  if (report.relations > 0) {
    const set = dryRun ? "would be set" : "were set";
    lines.push(
      `${formatCount(report.relations)} relations of other entities to them ${set} again.`,
    );
  }
  for (const { blueprint, identifier, reason } of report.unrelated.slice(0, mostShown)) {
    lines.push(`Not related again: ${identifier} of ${blueprint}: ${reason}`);
  }
  if (alreadyThere.length > 0) {
    lines.push(
      `${formatCount(alreadyThere.length)} are in Port already, as new or newer, and were left alone; --overwrite replaces them.`,
    );
  }
  if (!dryRun && !report.isHeld && restored + alreadyThere.length > 0) {
    lines.push(
      "The store of the runs was not found, so that none of them knows of it: what PagerDuty has no more goes again with the next full one. Where PAGERPORT_STATE_DIR or PAGERPORT_DATABASE_URL is theirs, it is held.",
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
