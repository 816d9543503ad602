import {
  createMapper,
  type EventListener,
  rateBudgets,
  systemClock,
  verifyCatalog,
  type VerifyReport,
} from "@pagerport/core";
import type { Command } from "commander";
import { chooseRunMapping, type RunMapping } from "../choose-run-mapping.ts";
import type { CliContext } from "../context.ts";
import { chooseVerifyExitCode } from "../exit-code.ts";
import { type OpenedRun, openRun } from "../open-run.ts";
import { parseKinds } from "../parse-kinds.ts";
import { addRunOptions, loadRunSources, type RunFlags } from "../run-options.ts";
import { parseWhole } from "./sandbox-values.ts";
import { printFindings, printVerdict, printVerifyReport } from "./verify-output.ts";
import { watchSync } from "./watch-sync.ts";

/** The flags of `verify` as commander gives them. */
interface VerifyFlags extends RunFlags {
  readonly kinds?: string;
  readonly sample?: number;
  readonly seed?: number;
  readonly json?: true;
}

const examples = `Examples:
  pagerport verify                     is Port's catalog what PagerDuty says?
  pagerport verify --sample 200        200 entities, chosen by chance, read from Port one by one
  pagerport verify --kinds services    only what this kind feeds
  pagerport verify --json              one JSON document, with up to 1,000 entities of each sort
`;

const details = `
Makes every entity anew from PagerDuty and compares with what Port has, by the rules of sync. Nothing is
written. What differs is read from Port once more before it is told, so what changes meanwhile is not.

  made     entities that the mapping makes      missing  made, and not in Port
  in Port  what the integration owns there      extra    in Port, and made by nothing
  changed  with other values                    kept     not made, and rightly there: old incidents …
  unknown  what could not be told, see below the table

Settings: as for sync, see 'pagerport sync --help'

Exit codes:
  0 in step · 1 unexpected · 2 usage or configuration · 3 something differs, or not all could be told
  4 authentication or permission · 5 a host did not answer · 130 interrupted · 143 terminated`;

/** Adds `pagerport verify`. */
export function addVerifyCommand(program: Command, context: CliContext): void {
  const command = program
    .command("verify")
    .description("Compare Port's catalog with PagerDuty; write nothing")
    .option("--kinds <list>", "only these kinds of the mapping: services,incidents")
    .option(
      "--sample <number>",
      "compare so many entities field by field (default: all)",
      parseWhole("--sample", 1),
    )
    .option("--seed <number>", "choose the sample's entities as before", parseWhole("--seed", 0))
    .option("--json", "print one JSON document on stdout");
  addRunOptions(command)
    .addHelpText("before", examples)
    .addHelpText("after", details)
    .action((flags: VerifyFlags) => runVerify(flags, context));
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
    const seed = flags.seed ?? Math.floor(Math.random() * mostSeeds);
    const report = await verifyOnce({ ...flags, seed }, { opened, chosen, onEvent }, context);
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

async function verifyOnce(
  flags: VerifyFlags,
  run: {
    readonly opened: OpenedRun;
    readonly chosen: RunMapping;
    readonly onEvent: EventListener;
  },
  { signal }: CliContext,
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
      clock: systemClock,
      mapper,
      integrationIdentifier,
      kinds: parseKinds(kinds, chosen.mapping),
      agedIncidents: resync.agedIncidents,
      sample,
      seed,
      signal,
      onEvent,
    });
  } finally {
    await mapper.close();
  }
}
