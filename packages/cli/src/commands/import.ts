import process from "node:process";
import {
  connectIngest,
  connectPagerDuty,
  estimateImport,
  importHistory,
  nameImportFiles,
  readDefaultFile,
} from "@pagerport/core";
import type { Command } from "commander";
import { addNewAccountOption, checkExpectedAccount, createAccountMemory } from "../check-hosts.ts";
import type { CliContext } from "../context.ts";
import { createStdoutLines } from "../stdout-lines.ts";
import { formatCount } from "../ui/format.ts";
import { finishImport } from "./finish-import.ts";
import {
  defaultOutput,
  identifyImport,
  type ImportFlags,
  type ImportHosts,
  loadHosts,
  planImport,
} from "./import-options.ts";
import { addHostOptions } from "../run-options.ts";
import { printEstimate, printSummary } from "./import-summary.ts";
import { runImportToPort } from "./import-to-port.ts";
import { watchImport } from "./watch-import.ts";
import { portSettingNames, storeSettingNames } from "../setting-names.ts";
import { addHelp, allExitCodes, type HelpText } from "../ui/help.ts";

const help: HelpText = {
  examples: [
    ["pagerport import", "everything, to Port (PORT_URL) and to output.json"],
    ["pagerport import --no-port --since 2026-01-01", "this year's incidents, to output.json only"],
    ["pagerport import --to port", "to Port's catalog, through a mapping"],
    ["pagerport import --estimate", "what it would cost; writes nothing"],
    ["pagerport import --sandbox", "with invented data; no account needed"],
  ],
  about: [
    "Stopped or killed, the same command goes on where it was. Finished, it sends what is new or changed.",
    "With --to port the mapping's resources for services and incidents decide what becomes of each object: their filters count, the time ranges of their selectors do not. Nothing is deleted. Progress is kept in port-import.progress, and what Port refuses in port-import.failed.json, both in the current folder. It shares the store of sync: the two never run at once, and what events write meanwhile stays.",
    "PORT_URL and PORT_WEBHOOK_SECRET are of the way through Port's webhook; with --to port it is Port's API: PORT_CLIENT_ID and those below it.",
  ],
  settings: [
    "pagerDutyToken",
    "portUrl",
    "portWebhookSecret",
    ...portSettingNames,
    "expectAccount",
    "expectPortOrg",
    ...storeSettingNames,
    "takeOver",
    "leaveTo",
  ],
  exitCodes: allExitCodes,
};

/** Adds `pagerport import`. */
export function addImportCommand(program: Command, context: CliContext): void {
  const command = program
    .command("import")
    .description("Send PagerDuty's whole history of services and incidents to Port")
    .option(
      "--output <file>",
      "where each object is also written, one a line; - = stdout",
      defaultOutput,
    )
    .option(
      "--to <target>",
      "webhook = PORT_URL; port = Port's API, through a mapping (default: webhook)",
    )
    .option(
      "--mapping <file>",
      "with --to port: the mapping, YAML or JSON; - = stdin (default: the mapping that is stored in Port)",
    )
    .option(
      "--take-over <name...>",
      "with --to port: write entities of these integrations from here on; it is remembered",
    )
    .option(
      "--kinds <list>",
      "only these kinds, with commas between them (default: services,incidents)",
    )
    .option(
      "--since <time>",
      "only incidents created from then on (2026-01-31, 2026-01-31T08:00:00Z)",
    )
    .option("--until <time>", "only incidents created before then")
    .option("--fresh", "start over, and replace what an earlier import wrote")
    .option("--no-port", "write the file only")
    .option("--sandbox", "use an invented account, built in")
    .option("--estimate", "print objects, requests and minutes; write nothing")
    .option("--json", "print one JSON document on stdout when done");
  addHelp(addNewAccountOption(addHostOptions(command)), help).action(async (flags: ImportFlags) => {
    await runImport(flags, context);
  });
}

async function runImport(flags: ImportFlags, context: CliContext): Promise<void> {
  const plan = planImport(flags, context);
  if (flags.to === "port") {
    await runImportToPort(flags, plan, context);
    return;
  }
  if (flags.sandbox !== true) {
    await importFrom(flags, plan, loadHosts(flags, context), context);
    return;
  }
  // Loaded only here: nobody who imports a real account needs it.
  const { startSandbox } = await import("../sandbox/index.ts");
  const sandbox = await startSandbox({
    webhookConfig: readDefaultFile("guide/webhook-history-mapper.json"),
  });
  try {
    const hosts: ImportHosts = {
      token: sandbox.token,
      readToken: undefined,
      apiUrl: sandbox.pagerDutyUrl,
      portUrl: flags.port ? sandbox.ingestUrl : undefined,
      portSecret: undefined,
      readPortSecret: undefined,
      expectAccount: undefined,
      requestsPerMinute: 0,
      rateBudget: 1,
      timeout: 60_000,
    };
    await importFrom(flags, plan, hosts, context);
    const { entities } = sandbox.ingest.catalog ?? { entities: new Map() };
    if (flags.port) {
      context.stderr.write(
        `The invented Port's catalog holds ${formatCount(entities.size)} entities.\n`,
      );
    }
  } finally {
    await sandbox.close();
  }
}

async function importFrom(
  flags: ImportFlags,
  plan: ReturnType<typeof planImport>,
  hosts: ImportHosts,
  context: CliContext,
): Promise<void> {
  const { onEvent, measureCost, stop } = watchImport(context);
  const shared = { fetch: globalThis.fetch, clock: context.clock, random: Math.random, onEvent };
  const account = createAccountMemory(hosts);
  const pagerDuty = connectPagerDuty({ ...shared, ...hosts, admit: account.admitToken });
  const { kinds, since, until, output } = plan;

  try {
    if (flags.estimate === true) {
      const estimate = await estimateImport({
        pagerDuty,
        kinds,
        since,
        until,
        requestsPerMinute: hosts.requestsPerMinute * hosts.rateBudget,
        toPort: flags.port,
        clock: context.clock,
        signal: context.signal,
      });
      stop();
      printEstimate(estimate, flags.json === true, context);
      return;
    }
    await checkExpectedAccount(pagerDuty, { ...hosts, pins: account.pins }, context);
    const report = await importHistory({
      pagerDuty,
      sink:
        hosts.portUrl === undefined
          ? undefined
          : connectIngest({
              ...shared,
              url: hosts.portUrl,
              secret: hosts.portSecret,
              readSecret: hosts.readPortSecret,
            }),
      files: nameImportFiles(output ?? "-"),
      stream: output === undefined ? createStdoutLines(context.stdout) : undefined,
      fingerprint: identifyImport(flags, plan, hosts),
      kinds,
      since,
      until,
      // Invented data never replaces a real account's.
      fresh: flags.fresh === true && (flags.sandbox === true ? "if-same" : true),
      clock: context.clock,
      pid: process.pid,
      signal: context.signal,
      onEvent,
      countRequests: () => measureCost().requests,
    });
    stop();
    finishImport(report, { json: flags.json === true, target: { output: flags.output } }, context);
    printSummary(report, flags, context);
  } finally {
    stop();
  }
}
