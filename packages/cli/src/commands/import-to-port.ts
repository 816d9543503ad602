import { createHash } from "node:crypto";
import { resolve } from "node:path";
import process from "node:process";
import {
  connectPagerDuty,
  connectPort,
  createMapper,
  estimateImportToPort,
  type ImportFingerprint,
  importToPort,
  type JsonObject,
  gatherMistakes,
  loadPagerDutySettings,
  loadPortSettings,
  type Mapper,
  type Mapping,
  type PagerDutyClient,
  type PagerDutySettings,
  parseMapping,
  type PortClient,
  type PortSettings,
  rateBudgets,
  readDefaultFile,
  systemClock,
} from "@pagerport/core";
import type { CliContext } from "../context.ts";
import { chooseRunMapping } from "../choose-run-mapping.ts";
import { loadRunSources } from "../run-options.ts";
import { formatCount } from "../ui/format.ts";
import { version } from "../version.ts";
import { finishImport } from "./finish-import.ts";
import { type ImportFlags, type ImportPlan } from "./import-options.ts";
import { printCatalogSummary, printEstimate } from "./import-summary.ts";
import { watchImport } from "./watch-import.ts";

/** Where progress and refused objects are kept, in the current folder. */
const fileNames = { progress: "port-import.progress", failed: "port-import.failed.json" };

/** Milliseconds; the sandbox answers at once. */
const sandboxTimeout = 60_000;

/** Where an import to Port's catalog reads and writes. */
interface CatalogHosts {
  readonly pagerDuty: PagerDutySettings;
  readonly port: PortSettings;
}

/** Runs `pagerport import --to port`. */
export async function runImportToPort(
  flags: ImportFlags,
  plan: ImportPlan,
  context: CliContext,
): Promise<void> {
  if (flags.sandbox !== true) {
    const sources = loadRunSources(flags, context);
    const hosts = gatherMistakes({
      pagerDuty: () => loadPagerDutySettings(sources, rateBudgets.import),
      port: () => loadPortSettings(sources),
    });
    await importFrom(flags, plan, hosts, context);
    return;
  }
  // Loaded only here: nobody who imports a real account needs it.
  const { startSandbox } = await import("../sandbox/index.ts");
  const sandbox = await startSandbox();
  try {
    const blueprints = JSON.parse(readDefaultFile("blueprints.json")) as JsonObject[];
    for (const blueprint of blueprints) sandbox.port.putBlueprint(blueprint);
    const port = {
      baseUrl: sandbox.portUrl,
      clientId: sandbox.portClientId,
      clientSecret: sandbox.portClientSecret,
      integrationIdentifier: "sandbox",
    };
    const pagerDuty = {
      token: sandbox.token,
      readToken: () => sandbox.token,
      apiUrl: sandbox.pagerDutyUrl,
      requestsPerMinute: 0,
      rateBudget: 1,
      timeout: sandboxTimeout,
    };
    await importFrom(flags, plan, { pagerDuty, port }, context);
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
  hosts: CatalogHosts,
  context: CliContext,
): Promise<void> {
  const watch = watchImport(context);
  const { onEvent } = watch;
  const shared = { fetch: globalThis.fetch, clock: systemClock, random: Math.random, onEvent };
  const port = connectPort({ ...shared, ...hosts.port, version });
  try {
    const mapper = createMapper(await loadMapping(flags, { ...hosts.port, port }, context));
    try {
      const pagerDuty = connectPagerDuty({ ...shared, ...hosts.pagerDuty });
      await importMapped({ flags, plan, hosts, mapper, pagerDuty, port, watch }, context);
    } finally {
      await mapper.close();
    }
  } finally {
    watch.stop();
  }
}

interface CatalogImportRun {
  readonly flags: ImportFlags;
  readonly plan: ImportPlan;
  readonly hosts: CatalogHosts;
  readonly mapper: Mapper;
  readonly pagerDuty: PagerDutyClient;
  readonly port: PortClient;
  readonly watch: ReturnType<typeof watchImport>;
}

async function importMapped(run: CatalogImportRun, context: CliContext): Promise<void> {
  const { flags, plan, hosts, mapper, pagerDuty, port } = run;
  const { onEvent, countRequests, stop } = run.watch;
  const { mapping } = mapper;
  const { kinds, since, until } = plan;
  const range = { kinds, since, until, clock: systemClock, signal: context.signal, onEvent };
  if (flags.estimate === true) {
    const { requestsPerMinute, rateBudget } = hosts.pagerDuty;
    const estimate = await estimateImportToPort({
      pagerDuty,
      mapping,
      requestsPerMinute: requestsPerMinute * rateBudget,
      ...range,
    });
    stop();
    printEstimate(estimate, flags.json === true, context);
    return;
  }
  const isInvented = flags.sandbox === true;
  const report = await importToPort({
    pagerDuty,
    port,
    mapper,
    files: {
      progress: resolve(context.cwd, fileNames.progress),
      failed: resolve(context.cwd, fileNames.failed),
    },
    fingerprint: identifyCatalogImport(flags, plan, hosts, mapping),
    // Invented data never replaces a real account's.
    fresh: flags.fresh === true && (isInvented ? "if-same" : true),
    pid: process.pid,
    countRequests,
    ...range,
  });
  stop();
  finishImport(report, { json: flags.json === true, target: { to: "port" } }, context);
  printCatalogSummary(report, fileNames.failed, context);
}

/** An invented Port has no mapping stored. */
async function loadMapping(
  flags: ImportFlags,
  opened: Parameters<typeof chooseRunMapping>[0],
  context: CliContext,
): Promise<Mapping> {
  const sources = loadRunSources(flags, context);
  if (flags.sandbox === true && flags.mapping === undefined) {
    return parseMapping(readDefaultFile("mapping.yaml"), { file: "the default mapping" });
  }
  const { mapping } = await chooseRunMapping(opened, sources, context);
  return mapping;
}

/** What this import is known by in its progress file. */
function identifyCatalogImport(
  flags: ImportFlags,
  plan: ImportPlan,
  { pagerDuty, port }: CatalogHosts,
  mapping: Mapping,
): ImportFingerprint {
  const digest = (text: string): string =>
    createHash("sha256").update(text).digest("hex").slice(0, 16);
  const isInvented = flags.sandbox === true;
  return {
    apiUrl: isInvented ? "sandbox" : pagerDuty.apiUrl,
    portUrl: isInvented ? "" : digest(`${port.baseUrl} ${port.clientId}`),
    integration: port.integrationIdentifier,
    mapping: digest(JSON.stringify(mapping.document)),
    kinds: plan.kinds.join(","),
    since: flags.since ?? "",
    until: flags.until ?? "",
    isInvented,
  };
}
