import {
  createMapper,
  type EventListener,
  judgeVerify,
  keepCheck,
  rateBudgets,
  summariseCheck,
  verifyCatalog,
  type VerifyReport,
} from "@pagerport/core";
import type { Command } from "commander";
import { addNewAccountOption, checkRunHosts, type NewAccountFlag } from "../check-hosts.ts";
import { chooseRunMapping, type RunMapping } from "../choose-run-mapping.ts";
import type { CliContext } from "../context.ts";
import { chooseVerifyExitCode } from "../exit-code.ts";
import { type OpenedRun, openRun } from "../open-run.ts";
import { parseKinds } from "../parse-kinds.ts";
import { addRunOptions, loadRunSources, type RunFlags } from "../run-options.ts";
import { parseWhole } from "./sandbox-values.ts";
import { printFindings, printVerdict, printVerifyReport } from "./verify-output.ts";
import { watchSync } from "./watch-sync.ts";
import { runSettingNames } from "../setting-names.ts";
import { addHelp, allExitCodes, type HelpText } from "../ui/help.ts";

/** The flags of `verify` as commander gives them. */
interface VerifyFlags extends RunFlags, NewAccountFlag {
  readonly kinds?: string;
  readonly sample?: number;
  readonly seed?: number;
  readonly json?: true;
}

const help: HelpText = {
  examples: [
    ["pagerport verify", "is Port's catalog what PagerDuty says?"],
    ["pagerport verify --sample 200", "200 entities, chosen by chance"],
    ["pagerport verify --kinds services", "only what this kind feeds"],
    ["pagerport verify --json", "one JSON document, with up to 1,000 of each sort"],
  ],
  about: [
    "Makes every entity anew from PagerDuty and compares it with what Port has, by the rules of sync. Nothing is written; a whole comparison counts as the last check of 'pagerport status' and of the metrics. What differs is read from Port once more before it is told, so what changes meanwhile is not.",
    `  made      entities that the mapping makes
  in Port   what the integration owns there
  changed   with other values
  missing   made, and not in Port
  extra     in Port, and made by nothing: the next sync deletes them, or
            makes stubs of them
  kept      not made, and rightly there: old incidents …
  waiting   not made, and not settled: the next syncs look again
  withheld  not made, and held back for a person, see below the table`,
    "What waits is no difference. What is withheld is none either, but somebody has to decide: exit code 3.",
  ],
  settings: runSettingNames,
  exitCodes: {
    ...allExitCodes,
    0: "in step",
    3: "something differs, is withheld, or could not be told",
  },
};

/** Adds `pagerport verify`. */
export function addVerifyCommand(program: Command, context: CliContext): void {
  const command = program
    .command("verify")
    .description("Compare Port's catalog with PagerDuty; write nothing")
    .option(
      "--kinds <list>",
      "only these kinds of the mapping, with commas between them (default: all)",
    )
    .option(
      "--sample <number>",
      "compare so many entities field by field (default: all)",
      parseWhole("--sample", 1),
    )
    .option(
      "--seed <number>",
      "choose the same sample as before (default: by chance)",
      parseWhole("--seed", 0),
    )
    .option("--json", "print one JSON document on stdout when done");
  addHelp(addNewAccountOption(addRunOptions(command)), help).action((flags: VerifyFlags) =>
    runVerify(flags, context),
  );
}

/** Seeds that are chosen by chance are below. */
const mostSeeds = 1_000_000;

async function runVerify(flags: VerifyFlags, context: CliContext): Promise<void> {
  const watch = watchSync(context);
  const { onEvent } = watch;
  const sources = loadRunSources(flags, context);
  const opened = await openRun({ sources, rateBudget: rateBudgets.sync, onEvent }, context);
  try {
    const chosen = await chooseRunMapping(opened, sources, context);
    await checkRunHosts(opened, chosen, flags, context);
    const seed = flags.seed ?? Math.floor(Math.random() * mostSeeds);
    const report = await verifyOnce({ ...flags, seed }, { opened, chosen, onEvent }, context);
    // What a person has found out is the last word, until the next check.
    const isWhole = flags.kinds === undefined && flags.sample === undefined;
    if (isWhole) await noteCheck(report, opened);
    watch.stop();
    const cost = watch.measureCost();
    const asked = { mapping: chosen.name, sample: flags.sample, seed };
    if (flags.json === true) printVerifyReport(report, { ...asked, ...cost }, context);
    else printFindings(report, context);
    printVerdict(report, { ...asked, ...cost }, context);
    context.exitCode = chooseVerifyExitCode(report);
  } finally {
    watch.stop();
    await opened.close();
  }
}

async function noteCheck(report: VerifyReport, { store }: OpenedRun): Promise<void> {
  const verdict = judgeVerify(report);
  if (verdict === "refused" || verdict === "unavailable") return;
  await keepCheck(store.sql, summariseCheck(report, { by: "verify", sample: undefined }));
}

async function verifyOnce(
  flags: VerifyFlags,
  run: {
    readonly opened: OpenedRun;
    readonly chosen: RunMapping;
    readonly onEvent: EventListener;
  },
  { clock, signal }: CliContext,
): Promise<VerifyReport> {
  const { opened, chosen, onEvent } = run;
  const { pagerDuty, port, store, integrationIdentifier, resync } = opened;
  const { kinds, sample, seed } = flags;
  const mapper = createMapper(chosen.mapping);
  try {
    return await verifyCatalog({
      pagerDuty,
      port,
      store,
      clock,
      mapper,
      integrationIdentifier,
      kinds: parseKinds(kinds, chosen.mapping),
      agedIncidents: resync.agedIncidents,
      takeOver: resync.takeOver,
      leaveTo: resync.leaveTo,
      highestThreshold: resync.deletionThreshold,
      sample,
      seed,
      signal,
      onEvent,
    });
  } finally {
    await mapper.close();
  }
}
