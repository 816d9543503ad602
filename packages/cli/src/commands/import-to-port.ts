import { createHash } from "node:crypto";
import { resolve } from "node:path";
import process from "node:process";
import {
  createMapper,
  estimateImportToPort,
  type ImportFingerprint,
  importToPort,
  type JsonObject,
  type Mapping,
  rateBudgets,
  readDefaultFile,
  type SettingSources,
} from "@pagerport/core";
import { checkRunHosts } from "../check-hosts.ts";
import { checkPaused } from "../check-paused.ts";
import { chooseRunMapping } from "../choose-run-mapping.ts";
import type { CliContext } from "../context.ts";
import { type OpenedRun, openRun } from "../open-run.ts";
import { preparePort } from "../prepare-port.ts";
import { nameProcess, tellHeld } from "../run-lock.ts";
import { loadRunSources } from "../run-options.ts";
import { formatCount } from "../ui/format.ts";
import { finishImport } from "./finish-import.ts";
import { type ImportFlags, type ImportPlan } from "./import-options.ts";
import { printCatalogSummary, printEstimate } from "./import-summary.ts";
import { watchImport } from "./watch-import.ts";
import type { RunWatch } from "./watch-run.ts";

/** Where progress and refused objects are kept, in the current folder. */
const fileNames = { progress: "port-import.progress", failed: "port-import.failed.json" };

/** Runs `pagerport import --to port`. */
export async function runImportToPort(
  flags: ImportFlags,
  plan: ImportPlan,
  context: CliContext,
): Promise<void> {
  if (flags.sandbox !== true) {
    await importFrom(flags, plan, loadRunSources(flags, context), context);
    return;
  }
  // Loaded only here: nobody who imports a real account needs it.
  const { startSandbox } = await import("../sandbox/index.ts");
  const sandbox = await startSandbox();
  try {
    const blueprints = JSON.parse(readDefaultFile("blueprints.json")) as JsonObject[];
    for (const blueprint of blueprints) sandbox.port.putBlueprint(blueprint);
    const { mapping } = flags;
    const sources: SettingSources = {
      flags: mapping === undefined ? {} : { mappingFile: mapping },
      environment: {
        PD_TOKEN: sandbox.token,
        PD_API_URL: sandbox.pagerDutyUrl,
        PAGERPORT_REQUESTS_PER_MINUTE: "0",
        PORT_BASE_URL: sandbox.portUrl,
        PORT_CLIENT_ID: sandbox.portClientId,
        PORT_CLIENT_SECRET: sandbox.portClientSecret,
        PAGERPORT_INTEGRATION_IDENTIFIER: "sandbox",
      },
    };
    await importFrom(flags, plan, sources, context);
    context.stderr.write(
      `The invented Port's catalog holds ${formatCount(sandbox.port.entityCount)} entities.\n`,
    );
  } finally {
    await sandbox.close();
  }
}

async function importFrom(
  flags: ImportFlags,
  plan: ImportPlan,
  sources: SettingSources,
  context: CliContext,
): Promise<void> {
  const watch = watchImport(context, { isMapped: true });
  try {
    const { onEvent } = watch;
    const isInvented = flags.sandbox === true;
    const rateBudget = rateBudgets.import;
    const opened = await openRun({ sources, rateBudget, onEvent, isInvented }, context);
    try {
      if (flags.estimate !== true) await checkPaused(opened.store.sql);
      const chosen = await chooseRunMapping(opened, sources, context);
      const run = { flags, plan, opened, watch };
      if (isInvented || flags.estimate === true) {
        await importThrough(chosen.mapping, run, context);
        return;
      }
      const hosts = await checkRunHosts(opened, chosen, flags, context);
      await preparePort(opened, chosen, { dryRun: false }, context);
      await importThrough(chosen.mapping, run, context);
      await hosts.remember();
    } finally {
      await opened.close();
    }
  } finally {
    watch.stop();
  }
}

interface CatalogImportRun {
  readonly flags: ImportFlags;
  readonly plan: ImportPlan;
  readonly opened: OpenedRun;
  readonly watch: RunWatch;
}

async function importThrough(
  mapping: Mapping,
  run: CatalogImportRun,
  context: CliContext,
): Promise<void> {
  const { flags, plan, opened } = run;
  const { onEvent, measureCost, stop } = run.watch;
  const { pagerDuty, port, store, integrationIdentifier, requestsPerMinute } = opened;
  const { kinds, since, until } = plan;
  const range = { kinds, since, until, clock: context.clock, signal: context.signal, onEvent };
  if (flags.estimate === true) {
    const estimate = await estimateImportToPort({
      pagerDuty,
      mapping,
      requestsPerMinute,
      ...range,
    });
    stop();
    printEstimate(estimate, flags.json === true, context);
    return;
  }
  const isInvented = flags.sandbox === true;
  const mapper = createMapper(mapping);
  try {
    const report = await importToPort({
      pagerDuty,
      port,
      mapper,
      store,
      integrationIdentifier,
      takeOver: opened.resync.takeOver,
      takeOverAgain: flags.takeOver,
      leaveTo: opened.resync.leaveTo,
      owner: nameProcess(),
      onHeld: (holder) => tellHeld(holder, context),
      files: {
        progress: resolve(context.cwd, fileNames.progress),
        failed: resolve(context.cwd, fileNames.failed),
      },
      fingerprint: identifyCatalogImport(flags, plan, opened, mapping),
      // Invented data never replaces a real account's.
      fresh: flags.fresh === true && (isInvented ? "if-same" : true),
      pid: process.pid,
      countRequests: () => measureCost().requests,
      ...range,
    });
    stop();
    finishImport(report, { json: flags.json === true, target: { to: "port" } }, context);
    printCatalogSummary(report, fileNames.failed, context);
  } finally {
    await mapper.close();
  }
}

/** What this import is known by in its progress file. */
function identifyCatalogImport(
  flags: ImportFlags,
  plan: ImportPlan,
  { hosts, integrationIdentifier }: OpenedRun,
  mapping: Mapping,
): ImportFingerprint {
  const digest = (text: string): string =>
    createHash("sha256").update(text).digest("hex").slice(0, 16);
  const isInvented = flags.sandbox === true;
  return {
    apiUrl: isInvented ? "sandbox" : hosts.pagerDutyApiUrl,
    portUrl: isInvented ? "" : digest(`${hosts.portBaseUrl} ${hosts.portClientId}`),
    integration: integrationIdentifier,
    mapping: digest(JSON.stringify(mapping.document)),
    kinds: plan.kinds.join(","),
    since: flags.since ?? "",
    until: flags.until ?? "",
    isInvented,
  };
}
