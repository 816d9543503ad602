import {
  chooseMapping,
  type ChosenMapping,
  connectPagerDuty,
  connectPort,
  type Integration,
  loadPagerDutySettings,
  loadPortSettings,
  loadSetting,
  loadStoreSettings,
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
  /** Undefined where its settings are wrong or missing. */
  readonly port: ExaminedPort | undefined;
  /** Where the store is; undefined where its settings are wrong. */
  readonly store: StoreSettings | undefined;
  readonly integration: (signal: AbortSignal) => Promise<Integration | undefined>;
  readonly mapping: (signal: AbortSignal) => Promise<ChosenMapping>;
  /**
   * Whether the token may change webhook subscriptions: asked by a change of one that does not exist, which
   * is refused (403) or not found (404).
   */
  readonly mayWriteWebhooks: (signal: AbortSignal) => Promise<boolean>;
}

/** Gets ready to look; no request is sent yet. */
export function createExamination(sources: SettingSources, context: CliContext): Examination {
  const pagerDuty = examinePagerDuty(sources);
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
    mayWriteWebhooks: once(async (signal) => {
      if (pagerDuty === undefined) return false;
      const path = "/webhook_subscriptions/PAGERPORTDOCTOR";
      const status = await statusOf(() =>
        pagerDuty.client.change("PUT", path, { webhook_subscription: {} }, signal),
      );
      return status !== 402 && status !== 403;
    }),
  };
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
