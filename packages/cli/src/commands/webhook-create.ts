import { hostname } from "node:os";
import process from "node:process";
import {
  loadSetting,
  ConfigError,
  listMappedEventTypes,
  type ProvidedSubscription,
  provideKeptSubscription,
  provideSubscription,
  type SettingSources,
} from "@pagerport/core";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { checkExpectedAccount } from "../check-hosts.ts";
import { openSubscriptions } from "../open-run.ts";
import { findServerStore } from "../open-server-store.ts";
import { loadRunSources } from "../run-options.ts";
import { printProvided } from "./print-provided.ts";
import { openSecretFile } from "./secret-file.ts";
import {
  addScopeOptions,
  addWebhookOptions,
  collect,
  listOwnUrls,
  parseEvents,
  parseHeaders,
  parseScope,
  type ScopeFlags,
  type WebhookFlags,
} from "./webhook-options.ts";
import { storeSettingNames } from "../setting-names.ts";
import { createSettingOption } from "../ui/help.ts";

/** The flags of `webhook create` as commander gives them. */
interface CreateFlags extends WebhookFlags, ScopeFlags {
  readonly url?: string;
  readonly baseUrl?: string;
  readonly event?: readonly string[];
  readonly header?: readonly string[];
  readonly description?: string;
  readonly secretFile?: string;
}

const help = {
  examples: [
    [
      "pagerport webhook create --base-url https://hooks.example.com",
      "tells pagerport's server of all that changes the catalog; the server does the same when it starts",
    ],
    [
      `pagerport webhook create --url https://ingest.getport.io/KEY \\
  --header your-header-name=your-header-value \\
  --event service.created,service.updated,incident.triggered \\
  --event incident.responder.added,incident.acknowledged \\
  --event incident.annotated,incident.delegated,incident.escalated \\
  --event incident.priority_updated,incident.reassigned,incident.reopened \\
  --event incident.resolved \\
  --event incident.responder.replied,incident.status_update_published \\
  --event incident.unacknowledged`,
      "tells the webhook that 'pagerport port-webhook install' has made in Port",
    ],
    [
      `pagerport webhook create --url https://… |
  pagerport port-webhook set-secret --secret-file -`,
      "hands the secret on without showing it",
    ],
    ["pagerport webhook create --service PSERVICE --secret-file webhook.secret", ""],
  ],
  about: [
    "A subscription of the same address and scope is used and put right, in place of making another: switched on, enabled, its events as wanted. Its secret PagerDuty tells once, when it is made: it is printed on stdout, or written to --secret-file. Where the address is that of pagerport's own server, and its store can be opened here (the settings below as the server has them), the server knows the secret at once; else set PD_WEBHOOK_SECRET there.",
  ],
  settings: [
    ...storeSettingNames,
    "expectAccount",
    "portClientId",
    "portBaseUrl",
    "integrationIdentifier",
  ],
} as const;

/** Adds `pagerport webhook create`. */
export function addWebhookCreateCommand(group: Command, context: CliContext): void {
  const command = group
    .command("create")
    .description("Make a subscription, or use and repair the one that is there")
    .option("--url <url>", "where events go (default: pagerport's server, see --base-url)")
    .addOption(createSettingOption("baseUrl", "--base-url <url>"))
    .option(
      "--event <type>",
      "types of events, with commas between them; repeated (default: every type that changes what is mapped)",
      collect,
    )
    .option("--header <name=value>", "sent along with each event; repeated", collect)
    .option("--description <text>", "what PagerDuty shows of it")
    .option(
      "--secret-file <file>",
      "write the secret there, for nobody else to read (default: stdout)",
    );
  addWebhookOptions(addScopeOptions(command), help).action((flags: CreateFlags) =>
    createWebhook(flags, context),
  );
}

async function createWebhook(flags: CreateFlags, context: CliContext): Promise<void> {
  const sources = loadRunSources(flags, context, { baseUrl: flags.baseUrl });
  const events = parseEvents(flags.event, context);
  const own = listOwnUrls(sources);
  const url = chooseUrl(flags.url, own);
  const wanted = {
    url,
    scope: parseScope(flags),
    events: events ?? listMappedEventTypes(),
    headers: parseHeaders(flags.header),
    description: flags.description ?? "Sends PagerDuty v3 webhook events to Port.",
  };
  const api = openSubscriptions(sources, context);
  await checkExpectedAccount(
    api,
    { expectAccount: loadSetting("expectAccount", sources) },
    context,
  );
  const file =
    flags.secretFile === undefined ? undefined : openSecretFile(flags.secretFile, context);
  let secret: string | undefined;
  try {
    const options = {
      api,
      wanted,
      alsoAt: flags.url === undefined ? own : [],
      isExact: events !== undefined,
      keepSecret: async ({ value }: { readonly value: string }) => {
        file?.write(value);
        secret = value;
      },
      signal: context.signal,
    };
    const isOwn = own.includes(url);
    const provided = isOwn
      ? await provideOwn(options, sources, context)
      : await provideSubscription(options);
    printProvided(provided, { isJson: flags.json === true, secret, file: file?.path }, context);
  } finally {
    file?.close();
  }
}

function chooseUrl(given: string | undefined, own: readonly string[]): string {
  if (given === undefined) {
    const [first] = own;
    if (first !== undefined) return first;
    throw new ConfigError(
      "Nothing says where events are to go: give --url, or --base-url (PAGERPORT_BASE_URL) for pagerport's own server",
      { setting: "--url" },
    );
  }
  const url = given.trim();
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new ConfigError("--url must begin with https:// (or http://)", { setting: "--url" });
}

/** For pagerport's own server, which is to know the secret. */
async function provideOwn(
  options: Parameters<typeof provideSubscription>[0],
  sources: SettingSources,
  context: CliContext,
): Promise<ProvidedSubscription> {
  const { store, reason } = await findServerStore(sources, context);
  if (store === undefined) {
    const provided = await provideSubscription(options);
    context.stderr.write(
      `The server does not know the secret of ${provided.subscription.id} from here, as its store cannot be opened: ${reason}. Set PD_WEBHOOK_SECRET there.\n`,
    );
    return provided;
  }
  try {
    const owner = `${hostname()}, process ${process.pid}`;
    const kept = { sql: store.sql, clock: context.clock, owner };
    const provided = await provideKeptSubscription(options, kept);
    context.stderr.write(
      provided.isKept
        ? "The server's store has its secret.\n"
        : `The server's store does not have its secret: set PD_WEBHOOK_SECRET there, or delete it and create another (pagerport webhook delete ${provided.subscription.id}).\n`,
    );
    return provided;
  } finally {
    await store[Symbol.asyncDispose]();
  }
}
