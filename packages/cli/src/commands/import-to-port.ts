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
  loadSetting,
  type Mapping,
  parseMapping,
  readDefaultFile,
  requireSetting,
  type SettingSources,
  systemClock,
} from "@pagerport/core";
import type { CliContext } from "../context.ts";
import { readInput } from "../read-input.ts";
import { formatCount } from "../ui/format.ts";
import { version } from "../version.ts";
import { finishImport } from "./finish-import.ts";
import { type ImportFlags, type ImportPlan, loadImportSources } from "./import-options.ts";
import { printCatalogSummary, printEstimate } from "./import-summary.ts";
import { watchImport } from "./watch-import.ts";

/** Where progress and refused objects are kept, in the current folder. */
const fileNames = { progress: "port-import.progress", failed: "port-import.failed.json" };

/** Where an import to Port's catalog reads and writes. */
interface CatalogHosts {
  readonly token: string;
  readonly apiUrl: string;
  readonly requestsPerMinute: number;
  readonly rateBudget: number;
  readonly port: {
    readonly baseUrl: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly integrationIdentifier: string;
  };
}

/** Runs `pagerport import --to port`. */
export async function runImportToPort(
  flags: ImportFlags,
  plan: ImportPlan,
  context: CliContext,
): Promise<void> {
  if (flags.sandbox !== true) {
    const hosts = loadCatalogHosts(flags, loadImportSources(flags, context));
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
    const { token, pagerDutyUrl: apiUrl } = sandbox;
    const hosts = { token, apiUrl, requestsPerMinute: 0, rateBudget: 1, port };
    await importFrom(flags, plan, hosts, context);
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
  const mapping = await loadMapping(flags, context);
  const { onEvent, countRequests, stop } = watchImport(context);
  const shared = { fetch: globalThis.fetch, clock: systemClock, random: Math.random, onEvent };
  const { token, apiUrl, requestsPerMinute, rateBudget } = hosts;
  const { kinds, since, until } = plan;
  const pagerDuty = connectPagerDuty({ ...shared, token, apiUrl, requestsPerMinute, rateBudget });
  const range = { kinds, since, until, clock: systemClock, signal: context.signal, onEvent };
  const mapper = createMapper(mapping);
  try {
    if (flags.estimate === true) {
      const allowed = requestsPerMinute * rateBudget;
      const estimate = await estimateImportToPort({
        pagerDuty,
        mapping,
        requestsPerMinute: allowed,
        ...range,
      });
      stop();
      printEstimate(estimate, flags.json === true, context);
      return;
    }
    const isInvented = flags.sandbox === true;
    const report = await importToPort({
      pagerDuty,
      port: connectPort({ ...shared, ...hosts.port, version }),
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
  } finally {
    stop();
    await mapper.close();
  }
}

function loadCatalogHosts(flags: ImportFlags, sources: SettingSources): CatalogHosts {
  // An estimate asks nothing of Port.
  const find = (name: "portClientId" | "portClientSecret"): string =>
    flags.estimate === true ? (loadSetting(name, sources) ?? "") : requireSetting(name, sources);
  return {
    token: requireSetting("pagerDutyToken", sources),
    apiUrl: requireSetting("pagerDutyApiUrl", sources),
    requestsPerMinute: requireSetting("requestsPerMinute", sources),
    rateBudget: requireSetting("rateBudget", sources),
    port: {
      baseUrl: requireSetting("portBaseUrl", sources),
      clientId: find("portClientId"),
      clientSecret: find("portClientSecret"),
      integrationIdentifier: requireSetting("integrationIdentifier", sources),
    },
  };
}

async function loadMapping(flags: ImportFlags, context: CliContext): Promise<Mapping> {
  const { mapping: file } = flags;
  if (file === undefined) {
    return parseMapping(readDefaultFile("mapping.yaml"), { file: "default mapping" });
  }
  return parseMapping(await readInput(file, "--mapping", context), { file });
}

/** What this import is known by in its progress file. */
function identifyCatalogImport(
  flags: ImportFlags,
  plan: ImportPlan,
  { apiUrl, port }: CatalogHosts,
  mapping: Mapping,
): ImportFingerprint {
  const digest = (text: string): string =>
    createHash("sha256").update(text).digest("hex").slice(0, 16);
  const isInvented = flags.sandbox === true;
  return {
    apiUrl: isInvented ? "sandbox" : apiUrl,
    portUrl: isInvented ? "" : digest(`${port.baseUrl} ${port.clientId}`),
    integration: port.integrationIdentifier,
    mapping: digest(JSON.stringify(mapping.document)),
    kinds: plan.kinds.join(","),
    since: flags.since ?? "",
    until: flags.until ?? "",
    isInvented,
  };
}
