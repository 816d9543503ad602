import {
  ConfigError,
  hasKeptSecret,
  listSubscriptions,
  loadSetting,
  pingSubscription,
  type SettingSources,
  type Store,
  type Subscription,
  type SubscriptionsApi,
  testSubscription,
} from "@pagerport/core";
import type { Command } from "commander";
import { type CliContext, exitCodes } from "../context.ts";
import { openSubscriptions } from "../open-run.ts";
import { findServerStore } from "../open-server-store.ts";
import { loadRunSources } from "../run-options.ts";
import { formatDuration } from "../ui/format.ts";
import { addWebhookOptions, listOwnUrls, type WebhookFlags } from "./webhook-options.ts";
import { storeSettingNames } from "../setting-names.ts";
import { createSettingOption } from "../ui/help.ts";

/** The flags of `webhook test` as commander gives them. */
interface TestFlags extends WebhookFlags {
  readonly baseUrl?: string;
  readonly timeout: string;
}

/** Seconds; PagerDuty sends within one, as a rule. */
const defaultTimeout = "30";
const longestTimeout = 3600;

const help = {
  examples: [
    ["pagerport webhook test", "the subscription of pagerport's server"],
    ["pagerport webhook test PSUBSCRIPTION", "another one"],
    ["pagerport webhook test --timeout 120", "wait for two minutes"],
  ],
  about: [
    "Has PagerDuty send its test event, and waits until the server has it in its inbox. For that the server's store must be at hand: the settings below as the server has them. Without it, only whether PagerDuty sends is told.",
  ],
  settings: [...storeSettingNames, "portClientId", "portBaseUrl", "integrationIdentifier"],
  exitCodes: { 3: "it has not arrived in time" },
} as const;

/** Adds `pagerport webhook test`. */
export function addWebhookTestCommand(group: Command, context: CliContext): void {
  const command = group
    .command("test")
    .argument("[id]", "id of a subscription (default: the one of pagerport's server)")
    .description("Have PagerDuty send a test event, and wait for it")
    .addOption(createSettingOption("baseUrl", "--base-url <url>"))
    .option("--timeout <seconds>", "how long to wait for it", defaultTimeout);
  addWebhookOptions(command, help).action((id: string | undefined, flags: TestFlags) =>
    testWebhook(id, flags, context),
  );
}

async function testWebhook(
  id: string | undefined,
  flags: TestFlags,
  context: CliContext,
): Promise<void> {
  const timeout = parseTimeout(flags.timeout);
  const sources = loadRunSources(flags, context, { baseUrl: flags.baseUrl });
  const api = openSubscriptions(sources, context);
  const subscription = await findSubscription(api, id, sources, context);
  warnOfState(subscription, context);
  const { store, reason } = await findSharedStore(subscription.id, sources, context);
  if (store === undefined) {
    await pingSubscription(api, subscription.id, context.signal);
    finish({ id: subscription.id, isArrived: undefined }, flags, context);
    context.stderr.write(
      `PagerDuty sends a test event to ${subscription.id}. Whether it arrives cannot be seen from here: ${reason}.\n`,
    );
    return;
  }
  try {
    const { sql } = store;
    const { signal } = context;
    const ping = await testSubscription({
      api,
      id: subscription.id,
      sql,
      clock: context.clock,
      timeout,
      signal,
    });
    const { milliseconds } = ping ?? {};
    finish({ id: subscription.id, isArrived: ping !== undefined, milliseconds }, flags, context);
    context.stderr.write(
      milliseconds === undefined
        ? `The test event has not arrived in the server's inbox (${store.place}) within ${formatDuration(timeout)}. Does the server run, does ${hideParameters(subscription.url)} lead to it, and does it know the secret of ${subscription.id}? Its log tells what it refused.\n`
        : `The test event of ${subscription.id} has arrived after ${formatDuration(milliseconds)}.\n`,
    );
    if (ping === undefined) context.exitCode = exitCodes.partial;
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

function parseTimeout(text: string): number {
  const seconds = Number(text);
  if (text.trim() !== "" && seconds > 0 && seconds <= longestTimeout) return seconds * 1000;
  throw new ConfigError(
    `--timeout must be a number of seconds up to ${longestTimeout}: current value is '${text}'`,
    { setting: "--timeout" },
  );
}

async function findSubscription(
  api: SubscriptionsApi,
  id: string | undefined,
  sources: SettingSources,
  { signal }: CliContext,
): Promise<Subscription> {
  const all = await listSubscriptions(api, { signal });
  if (id !== undefined) {
    const found = all.find((one) => one.id === id);
    if (found !== undefined) return found;
    throw new ConfigError(`There is no webhook subscription ${id}: see 'pagerport webhook list'`);
  }
  const own = listOwnUrls(sources);
  if (own.length === 0) {
    throw new ConfigError(
      "Nothing says which webhook subscription is meant: give its id, or --base-url (PAGERPORT_BASE_URL) for that of pagerport's own server",
    );
  }
  const [found] = all
    .filter(({ url }) => own.includes(url))
    .toSorted(
      (one, other) =>
        Number(other.scope?.type === "account") - Number(one.scope?.type === "account"),
    );
  if (found !== undefined) return found;
  throw new ConfigError(
    `There is no webhook subscription of ${own.join(" or ")}: pagerport webhook create`,
  );
}

function warnOfState({ id, isActive, isDisabled }: Subscription, { stderr }: CliContext): void {
  if (isActive && !isDisabled) return;
  const state = isActive ? "disabled by PagerDuty, after events were refused" : "switched off";
  stderr.write(`${id} is ${state}: pagerport webhook enable ${id}\n`);
}

/** A store that has, or may have, the secret of the subscription: that of the server it sends to. */
async function findSharedStore(
  id: string,
  sources: SettingSources,
  context: CliContext,
): Promise<{ readonly store?: Store; readonly reason?: string }> {
  const { store, reason } = await findServerStore(sources, context);
  if (store === undefined) return { reason: `the server's store cannot be opened, ${reason}` };
  const isKnown = await hasKeptSecret(store.sql, id);
  if (isKnown || loadSetting("webhookSecrets", sources) !== undefined) return { store };
  await store[Symbol.asyncDispose]();
  return {
    reason: `the store ${store.place} does not have its secret, so no server of this store takes it`,
  };
}

interface Tested {
  readonly id: string;
  /** Undefined where that cannot be told. */
  readonly isArrived: boolean | undefined;
  readonly milliseconds?: number | undefined;
}

function finish(
  { id, isArrived, milliseconds }: Tested,
  flags: TestFlags,
  context: CliContext,
): void {
  if (flags.json !== true) return;
  const document = { command: "webhook test", id, arrived: isArrived ?? null, milliseconds };
  context.stdout.write(`${JSON.stringify(document)}\n`);
}

function hideParameters(url: string): string {
  if (!URL.canParse(url)) return url;
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
