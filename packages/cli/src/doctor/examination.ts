import {
  chooseMapping,
  type ChosenMapping,
  connectPagerDuty,
  connectPort,
  connectWebhookKey,
  type Integration,
  loadPagerDutySettings,
  loadPortSettings,
  loadSetting,
  loadStoreSettings,
  loadWebhookKey,
  type PagerDutyClient,
  type PagerDutySettings,
  type PagerDutyWriter,
  type PortClient,
  type PortSettings,
  PagerportError,
  rateBudgets,
  readIntegration,
  type SettingSources,
  type StoreSettings,
  systemClock,
} from "@pagerport/core";
import type { CliContext } from "../context.ts";
import { webhookKeyNames } from "../open-run.ts";
import { readGivenMapping } from "../run-options.ts";
import { version } from "../version.ts";
import { type HostProbe, probeHost } from "./probe-host.ts";

/** One host, as checks look at it. */
export interface ExaminedHost<Settings, Client> {
  readonly settings: Settings;
  readonly client: Client;
  /** Whether it answers at all; asked once. */
  readonly probe: (signal: AbortSignal) => Promise<HostProbe>;
}

export type ExaminedPagerDuty = ExaminedHost<PagerDutySettings, PagerDutyClient & PagerDutyWriter>;
export type ExaminedPort = ExaminedHost<PortSettings, PortClient>;

/** What checks look at. What several need is read once, by the first that needs it. */
export interface Examination {
  readonly context: CliContext;
  readonly sources: SettingSources;
  /** Undefined where its settings are wrong or missing: the settings' check tells. */
  readonly pagerDuty: ExaminedPagerDuty | undefined;
  /** What webhook subscriptions are managed with; undefined where that is the same key. */
  readonly webhookKey: (PagerDutyClient & PagerDutyWriter) | undefined;
  /** Undefined where its settings are wrong or missing. */
  readonly port: ExaminedPort | undefined;
  /** Where the store is; undefined where its settings are wrong. */
  readonly store: StoreSettings | undefined;
  readonly integration: (signal: AbortSignal) => Promise<Integration | undefined>;
  readonly mapping: (signal: AbortSignal) => Promise<ChosenMapping>;
  /**
   * Whether the key that reads may write: asked by changes of a webhook subscription and a service that do not
   * exist, which are refused (403) or not found (404).
   */
  readonly mayWrite: (signal: AbortSignal) => Promise<boolean>;
  /** The same of webhook subscriptions alone, and of the key that is for these. */
  readonly mayWriteWebhooks: (signal: AbortSignal) => Promise<boolean>;
}

/** Gets ready to look; no request is sent yet. */
export function createExamination(sources: SettingSources, context: CliContext): Examination {
  const pagerDuty = examinePagerDuty(sources);
  const webhookKey = examineWebhookKey(sources, pagerDuty);
  const port = examinePort(sources);
  const integration = once(async (signal) => {
    if (port === undefined) return undefined;
    const { integrationIdentifier } = port.settings;
    return readIntegration(port.client, { integrationIdentifier, signal });
  });
  return {
    context,
    sources,
    pagerDuty,
    webhookKey,
    port,
    store: orUndefined(() => loadStoreSettings(sources, context.cwd)),
    integration,
    mapping: once(async (signal) => {
      const given = await readGivenMapping(sources, context);
      const stored = given === undefined ? await integration(signal) : undefined;
      const integrationIdentifier = loadSetting("integrationIdentifier", sources) ?? "";
      const readStored = (): Promise<unknown> =>
        Promise.resolve(stored === undefined ? undefined : (stored.config ?? null));
      return chooseMapping({ given, integrationIdentifier, readStored });
    }),
    mayWrite: once(async (signal) => {
      const client = pagerDuty?.client;
      const [webhooks, services] = await Promise.all([
        mayChange(client, "webhook_subscription", signal),
        mayChange(client, "service", signal),
      ]);
      return webhooks || services;
    }),
    mayWriteWebhooks: once((signal) =>
      mayChange(webhookKey ?? pagerDuty?.client, "webhook_subscription", signal),
    ),
  };
}

/** Whether a key may change objects of a kind: asked by a change of one that does not exist. */
async function mayChange(
  client: PagerDutyWriter | undefined,
  name: "service" | "webhook_subscription",
  signal: AbortSignal,
): Promise<boolean> {
  if (client === undefined) return false;
  const change = { [name]: {} };
  const status = await statusOf(() =>
    client.change("PUT", `/${name}s/PAGERPORTDOCTOR`, change, signal),
  );
  return status !== 402 && status !== 403;
}

function examineWebhookKey(
  sources: SettingSources,
  pagerDuty: ExaminedPagerDuty | undefined,
): Examination["webhookKey"] {
  const key = orUndefined(() => loadWebhookKey(sources));
  if (pagerDuty === undefined || key === undefined) return undefined;
  return connectWebhookKey({
    ...shared(),
    ...pagerDuty.settings,
    ...key,
    reading: pagerDuty.client,
    expected: orUndefined(() => loadSetting("expectAccount", sources)),
    names: webhookKeyNames,
  });
}

function examinePagerDuty(sources: SettingSources): ExaminedPagerDuty | undefined {
  const settings = orUndefined(() => loadPagerDutySettings(sources, rateBudgets.sync));
  if (settings === undefined) return undefined;
  return {
    settings,
    client: connectPagerDuty({ ...shared(), ...settings }),
    probe: once((signal) => probeHost(`${settings.apiUrl}/abilities`, signal)),
  };
}

function examinePort(sources: SettingSources): ExaminedPort | undefined {
  const settings = orUndefined(() => loadPortSettings(sources));
  if (settings === undefined) return undefined;
  return {
    settings,
    client: connectPort({ ...shared(), ...settings, version }),
    probe: once((signal) => probeHost(`${settings.baseUrl}/v1/blueprints`, signal)),
  };
}

/** What does not work at the first attempt is what is to be told. */
function shared() {
  return { fetch: globalThis.fetch, clock: systemClock, random: Math.random, retries: 0 };
}

/** The status with which a request failed; undefined where it did not. */
export async function statusOf(request: () => Promise<unknown>): Promise<number | undefined> {
  try {
    await request();
    return undefined;
  } catch (error) {
    const status = error instanceof PagerportError && "status" in error ? error.status : undefined;
    // Not 401: whoever is not known has not been refused a right.
    if (typeof status === "number" && status >= 400 && status < 500 && status !== 401) {
      return status;
    }
    throw error;
  }
}

/** The same answer for all who ask; an abort by the first who asked is the others' too. */
function once<Value>(
  read: (signal: AbortSignal) => Promise<Value>,
): (signal: AbortSignal) => Promise<Value> {
  let reading: Promise<Value> | undefined;
  return (signal) => (reading ??= read(signal));
}

function orUndefined<Value>(load: () => Value): Value | undefined {
  try {
    return load();
  } catch (error) {
    if (error instanceof PagerportError) return undefined;
    throw error;
  }
}
