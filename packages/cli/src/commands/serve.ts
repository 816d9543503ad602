import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { addRunOptions, loadRunSources, type RunFlags } from "../run-options.ts";
import { loadServeSettings } from "../serve/load-serve-settings.ts";
import { runServer } from "../serve/run-server.ts";
import { runSync } from "./sync.ts";
import { runSettingNames } from "../setting-names.ts";
import { addHelp, createSettingOption, type HelpText } from "../ui/help.ts";

/** The flags of `serve` as commander gives them. */
interface ServeFlags extends RunFlags {
  readonly listen?: string;
  readonly metricsListen?: string;
  readonly apiListen?: string;
  readonly baseUrl?: string;
  readonly shadow?: true;
  readonly requireWebhook?: true;
  readonly insecureNoSignature?: true;
}

const help: HelpText = {
  examples: [
    ["pagerport serve", "follow Port's requests, and PagerDuty's webhooks where they come"],
    ["pagerport serve --base-url https://hooks.example.com", "where PagerDuty reaches this server"],
    ["pagerport serve --listen 127.0.0.1:8000 --metrics-listen 127.0.0.1:9090", ""],
    ["pagerport serve --shadow", "beside Ocean, before it is replaced: where do the two differ?"],
  ],
  about: [
    "Routes: POST /webhook (and /integration/webhook), GET /health/live, /health/ready, /metrics. An event is on disk before PagerDuty is answered, and is brought to Port within a second or so; while PagerDuty or Port is away, events wait.",
    "The API, /api/v1, is by itself on loopback: 'pagerport status' and 'pagerport deletions' use it with --url. PAGERPORT_API_TOKENS says who may do what.",
    "PAGERPORT_EVENT_LISTENER: POLLING asks Port whether it wants a resync, WEBHOOKS_ONLY does none, ONCE is one resync as 'pagerport sync' does it, and no server.",
    "--shadow: Port and PagerDuty are only read. What would be written, and where the integration that writes differs, is logged hourly, kept in shadow-<start>.ndjson of the state folder, and printed at the end. PAGERPORT_INTEGRATION_IDENTIFIER is that of the integration that writes.",
    "With PAGERPORT_DATABASE_URL any number of replicas share one database, and need no disk.",
  ],
  settings: [
    ...runSettingNames,
    "webhookSecrets",
    "webhookToken",
    "apiTokens",
    "apiHosts",
    "pathPrefix",
    "scheduledResyncInterval",
    "fullResyncInterval",
    "verifyInterval",
    "verifySample",
    "eventListener",
    "pollInterval",
    "resyncOnStart",
    "shadow",
    "webhookToken",
    "shutdownGrace",
    "logLevel",
  ],
  exitCodes: {
    0: "ended by SIGTERM, and what had begun has ended",
    1: true,
    2: true,
    4: true,
    130: true,
  },
};

/** Adds `pagerport serve`. */
export function addServeCommand(program: Command, context: CliContext): void {
  const command = program
    .command("serve")
    .description("Keep Port's catalog true to PagerDuty all the time: webhooks and resyncs")
    .addOption(createSettingOption("listen", "--listen <address>"))
    .addOption(createSettingOption("metricsListen", "--metrics-listen <address>"))
    .addOption(createSettingOption("apiListen", "--api-listen <address>"))
    .addOption(createSettingOption("baseUrl", "--base-url <url>"))
    .option("--shadow", "write nothing, and tell where the integration that writes differs")
    .option("--require-webhook", "end where no webhook can come")
    .option("--insecure-no-signature", "take unsigned events as well: for tests only");
  addHelp(addRunOptions(command), help).action((flags: ServeFlags) => runServe(flags, context));
}

async function runServe(flags: ServeFlags, context: CliContext): Promise<void> {
  const { listen, metricsListen, apiListen, baseUrl, shadow, ...others } = flags;
  const { requireWebhook, insecureNoSignature, ...shared } = others;
  const isShadow = shadow === true ? "true" : undefined;
  const given = { listen, metricsListen, apiListen, baseUrl, shadow: isShadow };
  const sources = loadRunSources(shared, context, given);
  const settings = loadServeSettings(
    sources,
    {
      requiresWebhook: requireWebhook === true,
      acceptsUnsigned: insecureNoSignature === true,
    },
    context,
  );
  if (settings.server.listener.type === "ONCE") {
    const { databaseUrl, stateDir } = settings.run.store;
    const journalFolder = databaseUrl === undefined ? stateDir : undefined;
    await runSync(shared, { journalFolder }, context);
    return;
  }
  await runServer(settings, context);
}
