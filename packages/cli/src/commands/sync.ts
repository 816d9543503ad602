import { resolve } from "node:path";
import {
  ConfigError,
  createMapper,
  createMemoryCache,
  estimateSync,
  type EventListener,
  openSource,
  rateBudgets,
  requireSetting,
  resync,
  type ResyncOptions,
  type SettingSources,
  type SyncEstimate,
  type SyncReport,
} from "@pagerport/core";
import type { Command } from "commander";
import { addNewAccountOption, checkRunHosts, type NewAccountFlag } from "../check-hosts.ts";
import { chooseRunMapping, type RunMapping } from "../choose-run-mapping.ts";
import type { CliContext } from "../context.ts";
import { checkBlueprintNames } from "../check-blueprint-names.ts";
import { checkPaused, tellPaused } from "../check-paused.ts";
import { chooseSyncExitCode } from "../exit-code.ts";
import { type OpenedRun, openRun } from "../open-run.ts";
import { parseKinds } from "../parse-kinds.ts";
import { openPlanFiles } from "../plan-files.ts";
import { preparePort } from "../prepare-port.ts";
import { nameProcess, tellHeld } from "../run-lock.ts";
import { addRunOptions, loadRunSources, type RunFlags } from "../run-options.ts";
import { type KeptFiles, openSyncJournals } from "./sync-journals.ts";
import { printAction, printReport, printSummary, printSyncEstimate } from "./sync-output.ts";
import type { RunWatch } from "./watch-run.ts";
import { watchSync } from "./watch-sync.ts";
import { runSettingNames } from "../setting-names.ts";
import { addHelp, allExitCodes, type HelpText } from "../ui/help.ts";

/** The flags of `sync` as commander gives them. */
interface SyncFlags extends RunFlags, NewAccountFlag {
  readonly kinds?: string;
  readonly dryRun?: true;
  readonly estimate?: true;
  readonly prune?: true;
  readonly allowDelete?: readonly string[];
  readonly allowDeleteDependents?: readonly string[];
  readonly takeOver?: readonly string[];
  readonly planOut?: string;
  readonly approve?: string;
  readonly only?: readonly string[];
  readonly strict?: true;
  readonly journal?: string;
  readonly json?: true;
}

const help: HelpText = {
  examples: [
    ["pagerport sync", "bring Port's catalog up to date"],
    ["pagerport sync --dry-run", "what it would do, one JSON line an entity"],
    ["pagerport sync --estimate", "what it would cost; writes nothing"],
    ["pagerport sync --mapping mapping.yaml", "by a mapping of your own"],
    ["pagerport sync --plan-out plan.json", "and keep what is withheld as a plan"],
    ["pagerport sync --approve plan.json", "let go what is on that plan"],
  ],
  about: [
    "Only what differs is written. What PagerDuty does not have any more is deleted when that is known: by its own end, by PagerDuty's word and a 404, or by two readings 45 minutes apart. What stays, and why, is told at the end. What goes is written to deleted-<run>.ndjson first.",
    `  stubbed   gone, and kept as deleted, because incidents name them
  kept      not made again, and rightly there: old incidents …
  waiting   not settled yet; the next runs look again
  withheld  held back for a person: too many, an empty list, a team that is
            gone, another mapping or token …`,
    "--allow-delete BLUEPRINT lets withheld entities go, and those that wait for a second reading. It never lets go of a kind that was not read whole, what PagerDuty has and the mapping lets through, what is held because PagerDuty answers 404 for what it lists, or what others' entities cannot be without: --allow-delete-dependents BLUEPRINT deletes those of that blueprint too.",
    "What is withheld is also on a plan, that a person approves or rejects: 'pagerport deletions list' where there is a store, --plan-out and --approve where there is none. Such a file is valid for the account, the organisation, the integration and the mapping that it was made with.",
  ],
  settings: runSettingNames,
  exitCodes: allExitCodes,
};

/** Adds `pagerport sync`. */
export function addSyncCommand(program: Command, context: CliContext): void {
  const command = program
    .command("sync")
    .description("Bring Port's catalog to PagerDuty's present state, once")
    .option(
      "--kinds <list>",
      "only these kinds of the mapping, with commas between them (default: all)",
    )
    .option("--dry-run", "write nothing; print what would be done")
    .option("--estimate", "print objects, requests and minutes; write nothing")
    .option("--prune", "also delete entities of blueprints that the mapping feeds no more")
    .option(
      "--allow-delete <blueprint...>",
      "let go, for once, what this run withholds of these, see below",
    )
    .option(
      "--allow-delete-dependents <blueprint...>",
      "also delete entities of these that cannot be without what goes, whoever made them",
    )
    .option(
      "--take-over <name...>",
      "write entities of these integrations in Port from here on; it is remembered",
    )
    .option("--plan-out <file>", "write what is withheld to a file, for --approve")
    .option(
      "--approve <file>",
      "let go what is in this file of --plan-out, as far as PagerDuty still says that it is gone",
    )
    .option("--only <identifier...>", "of --approve, only these entities")
    .option("--journal <file>", "where deleted entities are kept (default: deleted-<run>.ndjson)")
    .option("--strict", "exit 3 also where fields of objects could not be mapped")
    .option("--json", "print one JSON document on stdout when done");
  addHelp(addNewAccountOption(addRunOptions(command)), help).action((flags: SyncFlags) =>
    runSync(flags, { journalFolder: context.cwd }, context),
  );
}

/**
 * Runs one resync, prints what came of it and sets the exit code.
 *
 * @param options.journalFolder where deleted entities are kept, unless `--journal` says so; undefined = in
 * the store
 */
export async function runSync(
  flags: SyncFlags,
  { journalFolder }: { readonly journalFolder: string | undefined },
  context: CliContext,
): Promise<void> {
  if (flags.dryRun === true && flags.estimate === true) {
    throw new ConfigError("--dry-run and --estimate cannot be used together", {
      setting: "--estimate",
    });
  }
  const watch = watchSync(context);
  const { onEvent } = watch;
  try {
    const sources = loadRunSources(flags, context);
    refuseInShadow(flags, sources);
    const opened = await openRun({ sources, rateBudget: rateBudgets.sync, onEvent }, context);
    try {
      await runOpened({ flags, opened, sources, journalFolder }, watch, context);
    } finally {
      await opened.close();
    }
  } finally {
    watch.stop();
  }
}

/** Whoever sets up an environment for a shadow has it write nothing. */
function refuseInShadow({ dryRun, estimate }: SyncFlags, sources: SettingSources): void {
  if (dryRun === true || estimate === true || !requireSetting("shadow", sources)) return;
  throw new ConfigError(
    "PAGERPORT_SHADOW is set, so nothing is to be written here, and a sync writes: unset it, or look with pagerport sync --dry-run",
    { setting: "PAGERPORT_SHADOW" },
  );
}

/** What a run is asked for and works with. */
interface SyncOrder {
  readonly flags: SyncFlags;
  readonly opened: OpenedRun;
  readonly sources: SettingSources;
  readonly journalFolder: string | undefined;
}

async function runOpened(
  { flags, opened, sources, journalFolder }: SyncOrder,
  watch: RunWatch,
  context: CliContext,
): Promise<void> {
  const isWriting = flags.dryRun !== true && flags.estimate !== true;
  if (isWriting) await checkPaused(opened.store.sql, "pagerport sync --dry-run");
  else await tellPaused(opened.store.sql, context);
  const chosen = await chooseRunMapping(opened, sources, context);
  const kinds = parseKinds(flags.kinds, chosen.mapping);
  const run = { flags, opened, chosen, kinds, journalFolder, onEvent: watch.onEvent };
  if (flags.estimate === true) {
    const estimate = await estimateRun(run, context);
    watch.stop();
    printSyncEstimate(estimate, flags.json === true, context);
    return;
  }
  const hosts = await checkRunHosts(opened, chosen, flags, context);
  const plans = await openPlanFiles({ flags, hosts, opened, chosen }, context);
  await preparePort(opened, chosen, { dryRun: flags.dryRun === true }, context);
  await checkAllowed(flags, opened, context);
  const { report, journal } = await syncOnce({ ...run, ...plans.options }, context);
  await plans.write();
  if (flags.dryRun !== true) await hosts.remember();
  watch.stop();
  const journals = journal.length > 1 ? journal : undefined;
  const cost = { ...watch.measureCost(), journal: journal[0], journals };
  if (flags.json === true) printReport(report, { ...cost, mapping: chosen.name }, context);
  printSummary(report, cost, context);
  context.exitCode = chooseSyncExitCode(report, { isStrict: flags.strict === true });
}

/** A name that no blueprint has would allow nothing, and look as if it had. */
function checkAllowed(
  { allowDelete = [], allowDeleteDependents = [] }: SyncFlags,
  { port }: OpenedRun,
  { signal }: CliContext,
): Promise<void> {
  const given = {
    "--allow-delete": allowDelete,
    "--allow-delete-dependents": allowDeleteDependents,
  };
  return checkBlueprintNames(port, given, signal);
}

interface SyncRun extends Pick<ResyncOptions, "approvedPlans" | "onWithheld"> {
  readonly flags: SyncFlags;
  readonly opened: OpenedRun;
  readonly chosen: RunMapping;
  /** Undefined = all of the mapping. */
  readonly kinds: readonly string[] | undefined;
  readonly journalFolder: string | undefined;
  readonly onEvent: EventListener;
}

async function syncOnce(
  { flags, opened, chosen, kinds, journalFolder, onEvent, approvedPlans, onWithheld }: SyncRun,
  context: CliContext,
): Promise<{ readonly report: SyncReport; readonly journal: readonly string[] }> {
  const { pagerDuty, port, store, integrationIdentifier } = opened;
  const { agedIncidents, deletionThreshold, sendRawDataExamples, takeOver, leaveTo } =
    opened.resync;
  const isDry = flags.dryRun === true;
  const mapper = createMapper(chosen.mapping);
  let journal: KeptFiles | undefined;
  const keep = await openSyncJournals({ ...opened, folder: journalFolder, isDry }, context);
  try {
    const report = await resync({
      pagerDuty,
      port,
      store,
      clock: context.clock,
      mapper,
      integrationIdentifier,
      owner: nameProcess(),
      createJournal: ({ number }) => {
        if (flags.journal === undefined && journalFolder === undefined) return keep.inStore(number);
        const path = flags.journal === undefined ? undefined : resolve(context.cwd, flags.journal);
        journal = keep.inFiles(number, path);
        return journal;
      },
      kinds,
      allowDelete: flags.allowDelete,
      allowDeleteDependents: flags.allowDeleteDependents,
      approvedPlans,
      onWithheld,
      prune: flags.prune === true,
      agedIncidents,
      takeOver,
      takeOverAgain: flags.takeOver,
      leaveTo,
      highestThreshold: deletionThreshold,
      sendsExamples: sendRawDataExamples,
      dryRun: isDry,
      onAction: isDry && flags.json !== true ? (action) => printAction(action, context) : undefined,
      onHeld: (holder) => tellHeld(holder, context),
      signal: context.signal,
      onEvent,
    });
    return { report, journal: journal?.paths ?? [] };
  } finally {
    await mapper.close();
    await journal?.[Symbol.asyncDispose]();
  }
}

function estimateRun(
  { opened, chosen: { mapping }, kinds, onEvent }: SyncRun,
  { clock, signal }: CliContext,
): Promise<SyncEstimate> {
  const { pagerDuty, port, store, integrationIdentifier, requestsPerMinute, resync: run } = opened;
  const cache = createMemoryCache();
  return estimateSync({
    source: openSource({ client: pagerDuty, clock, cache, onEvent }),
    mapping,
    port,
    store,
    integrationIdentifier,
    sendsExamples: run.sendRawDataExamples,
    resources: mapping.resources.filter(({ kind }) => kinds?.includes(kind) ?? true),
    requestsPerMinute,
    signal,
  });
}
