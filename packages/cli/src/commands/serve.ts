import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { addRunOptions, loadRunSources, type RunFlags } from "../run-options.ts";
import { loadServeSettings } from "../serve/load-serve-settings.ts";
import { runServer } from "../serve/run-server.ts";
import { runSync } from "./sync.ts";

/** The flags of `serve` as commander gives them. */
interface ServeFlags extends RunFlags {
  readonly listen?: string;
  readonly metricsListen?: string;
  readonly baseUrl?: string;
  readonly requireWebhook?: true;
  readonly insecureNoSignature?: true;
}

const examples = `Examples:
  pagerport serve                                        follow PagerDuty's webhooks and Port's requests
  pagerport serve --base-url https://hook.example.com    the address that PagerDuty reaches this server at
  pagerport serve --listen 127.0.0.1:8000 --metrics-listen 127.0.0.1:9090
`;

const details = `
Routes: POST /webhook (and /integration/webhook), GET /health/live, /health/ready, /metrics.
An event is on disk before PagerDuty is answered, and is brought to Port within a second or so; while
PagerDuty or Port is away, events wait.

Settings (environment, or pagerport.yaml for those that are no secret), besides those of 'sync':
  PD_WEBHOOK_SECRET             secrets of PagerDuty's webhook subscriptions, with commas between them
  PAGERPORT_LISTEN              address and port (0.0.0.0:8000)
  PAGERPORT_METRICS_LISTEN      another one for /metrics
  PAGERPORT_BASE_URL, PAGERPORT_PATH_PREFIX   where this server is, seen from outside
  PAGERPORT_SCHEDULED_RESYNC_INTERVAL  minutes between resyncs (none)
  PAGERPORT_FULL_RESYNC_INTERVAL       hours after which one reads everything again (24)
  PAGERPORT_EVENT_LISTENER      POLLING, WEBHOOKS_ONLY or ONCE: one resync as 'sync' does it, and no server
  PAGERPORT_STATE_DIR           folder of the inbox, and of what is deleted; on a volume, where there are
                                containers
  PAGERPORT_DATABASE_URL        PostgreSQL in its place: any number of replicas share one, and need no disk
  PAGERPORT_SHUTDOWN_GRACE      seconds that what has begun may take to end after SIGTERM (25)
  PAGERPORT_LOG_LEVEL           debug, info, warning, error (info)

Exit codes:
  0 ended by SIGTERM, and what had begun has ended · 1 unexpected · 2 usage or configuration
  4 authentication or permission · 130 interrupted`;

/** Adds `pagerport serve`. */
export function addServeCommand(program: Command, context: CliContext): void {
  const command = program
    .command("serve")
    .description("Keep Port's catalog true to PagerDuty all the time: webhooks and resyncs")
    .option("--listen <address>", "PAGERPORT_LISTEN")
    .option("--metrics-listen <address>", "PAGERPORT_METRICS_LISTEN")
    .option("--base-url <url>", "PAGERPORT_BASE_URL")
    .option("--require-webhook", "end where no webhook can come")
    .option("--insecure-no-signature", "take unsigned events as well: for tests only");
  addRunOptions(command)
    .addHelpText("before", examples)
    .addHelpText("after", details)
    .action((flags: ServeFlags) => runServe(flags, context));
}

async function runServe(flags: ServeFlags, context: CliContext): Promise<void> {
  const { listen, metricsListen, baseUrl, requireWebhook, insecureNoSignature, ...shared } = flags;
  const sources = loadRunSources(shared, context, { listen, metricsListen, baseUrl });
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
