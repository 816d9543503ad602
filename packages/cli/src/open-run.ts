import {
  connectPagerDuty,
  connectPort,
  describeIgnoredVariables,
  connectWebhookKey,
  createFilePins,
  createHostAdmission,
  createPostgresPins,
  createSessionPins,
  environmentHostNames,
  type EventListener,
  type ExpectedHosts,
  gatherMistakes,
  type IgnoredVariable,
  listIgnoredVariables,
  loadExpectedHosts,
  loadPagerDutySettings,
  loadPortSettings,
  loadResyncSettings,
  loadSetting,
  loadStoreSettings,
  type OnRateLimit,
  loadWebhookKey,
  openStore,
  type PagerDutyClient,
  type PagerDutySettings,
  type PagerDutyWriter,
  type PinMemory,
  type PortClient,
  type PortSettings,
  rateBudgets,
  type ResyncSettings,
  type SettingSources,
  type Store,
  type StoreSettings,
  type WebhookKeySettings,
} from "@pagerport/core";
import type { CliContext } from "./context.ts";
import { version } from "./version.ts";

export interface OpenRunOptions {
  /** See {@link loadRunSources}. */
  readonly sources: SettingSources;
  /** The share of PagerDuty's requests where none is set: one of {@link rateBudgets}. */
  readonly rateBudget: number;
  readonly onEvent?: EventListener;
  /** Told what is left of the hosts' rate limits. */
  readonly onRateLimit?: OnRateLimit;
  /** Of a sandbox: nothing of it is kept, and nothing need be said of that. @default false */
  readonly isInvented?: boolean;
}

/** What {@link loadRunSettings} has checked. */
export interface RunSettings {
  readonly pagerDuty: PagerDutySettings;
  /** Undefined where the key that reads is the one for webhook subscriptions too. */
  readonly webhookKey: WebhookKeySettings | undefined;
  readonly port: PortSettings;
  readonly store: StoreSettings;
  readonly expected: ExpectedHosts;
  readonly resync: ResyncSettings;
  readonly ignored: readonly IgnoredVariable[];
}

/** What a command that brings PagerDuty to Port works with. */
export interface OpenedRun {
  readonly pagerDuty: PagerDutyClient & PagerDutyWriter;
  /** What webhook subscriptions are managed with: a key of its own, or the same. */
  readonly subscriptions: PagerDutyClient & PagerDutyWriter;
  readonly port: PortClient;
  readonly store: Store;
  readonly integrationIdentifier: string;
  /** What tells one import from another by its hosts. */
  readonly hosts: RunHosts;
  /** Whose hosts they are to be, and where it is remembered whose they were. */
  readonly expected: ExpectedHosts;
  readonly pins: PinMemory;
  /** The most requests a minute to PagerDuty, the budget taken off; 0 = what its answers say. */
  readonly requestsPerMinute: number;
  readonly resync: ResyncSettings;
  /** Closes the store. */
  readonly close: () => Promise<void>;
}

/** The hosts of a run; no secret is in it. */
interface RunHosts {
  readonly pagerDutyApiUrl: string;
  readonly portBaseUrl: string;
  readonly portClientId: string;
}

/**
 * Checks every setting of a run.
 *
 * @throws {ConfigError} with every mistake in the settings
 */
export function loadRunSettings(
  { sources, rateBudget }: Pick<OpenRunOptions, "sources" | "rateBudget">,
  { cwd }: Pick<CliContext, "cwd">,
): RunSettings {
  return gatherMistakes({
    pagerDuty: () => loadPagerDutySettings(sources, rateBudget),
    webhookKey: () => loadWebhookKey(sources),
    port: () => loadPortSettings(sources),
    store: () => loadStoreSettings(sources, cwd),
    expected: () => loadExpectedHosts(sources),
    resync: () => loadResyncSettings(sources),
    ignored: () => listIgnoredVariables(sources.environment),
  });
}

/**
 * Checks every setting of a run, connects both hosts and opens the store; no request is sent. What is
 * set but changes nothing, and a store that will not last, is told on stderr.
 *
 * @throws {ConfigError} with every mistake in the settings
 */
export async function openRun(options: OpenRunOptions, context: CliContext): Promise<OpenedRun> {
  return connectRun(loadRunSettings(options, context), options, context);
}

/** {@link openRun} with settings that have been checked. */
export async function connectRun(
  settings: RunSettings,
  {
    onEvent,
    onRateLimit,
    isInvented = false,
  }: Pick<OpenRunOptions, "onEvent" | "onRateLimit" | "isInvented">,
  context: CliContext,
): Promise<OpenedRun> {
  warnOfIgnored(settings.ignored, context);
  const store = await openStore(isInvented ? {} : settings.store);
  if (store.warning !== undefined && !isInvented) {
    context.stderr.write(
      `${store.warning}. What this run learns is kept in memory only; set PAGERPORT_STATE_DIR to a folder that can be written.\n`,
    );
  }
  const shared = {
    fetch: globalThis.fetch,
    clock: context.clock,
    random: Math.random,
    ...(onEvent === undefined ? {} : { onEvent }),
    onRateLimit,
  };
  const { expected, webhookKey } = settings;
  const { integrationIdentifier } = settings.port;
  const pins = createSessionPins(choosePins(settings, store));
  const admission = createHostAdmission({
    pins,
    expected,
    integrationIdentifier,
    sql: store.sql,
  });
  const port = connectPort({
    ...shared,
    ...settings.port,
    version,
    admit: admission.admitCredentials,
  });
  const reading = { ...shared, ...settings.pagerDuty };
  const pagerDuty = connectPagerDuty({ ...reading, admit: admission.admitToken });
  return {
    pagerDuty,
    subscriptions:
      webhookKey === undefined
        ? pagerDuty
        : connectWebhookKey({
            ...reading,
            ...webhookKey,
            reading: pagerDuty,
            expected: expected.account,
            pins,
            names: webhookKeyNames,
          }),
    port,
    store,
    integrationIdentifier,
    hosts: {
      pagerDutyApiUrl: settings.pagerDuty.apiUrl,
      portBaseUrl: settings.port.baseUrl,
      portClientId: settings.port.clientId,
    },
    expected,
    pins,
    requestsPerMinute: settings.pagerDuty.requestsPerMinute * settings.pagerDuty.rateBudget,
    resync: settings.resync,
    close: async () => store[Symbol.asyncDispose](),
  };
}

/** In a database beside the stores that it holds, else in the state folder. */
function choosePins(
  { store: { databaseUrl, stateDir }, port }: RunSettings,
  { sql }: Store,
): PinMemory {
  const { integrationIdentifier } = port;
  return databaseUrl === undefined
    ? createFilePins({ stateDir, integrationIdentifier })
    : createPostgresPins({ sql, integrationIdentifier });
}

/** What `init` and `restore` need: Port alone. */
export function openPort(
  sources: SettingSources,
  context: CliContext,
  onEvent?: EventListener,
): PortClient {
  // Short: nothing would look at credentials that take the place of these.
  const { readCredentials: _later, ...settings } = loadPortSettings(sources);
  warnOfIgnored(listIgnoredVariables(sources.environment), context);
  return connectPort({
    fetch: globalThis.fetch,
    clock: context.clock,
    random: Math.random,
    ...settings,
    version,
    ...(onEvent === undefined ? {} : { onEvent }),
  });
}

/** What the settings of keys are called, for errors. */
export const webhookKeyNames = {
  token: "PD_WEBHOOK_TOKEN",
  reading: environmentHostNames.token,
  apiUrl: environmentHostNames.apiUrl,
  expectAccount: environmentHostNames.expectAccount,
};

/** What manages webhook subscriptions: PagerDuty alone, with the key for these, where there is one. */
export function openSubscriptions(
  sources: SettingSources,
  context: CliContext,
): PagerDutyClient & PagerDutyWriter {
  const key = loadWebhookKey(sources);
  // The key for these is enough.
  const isAlone = key !== undefined && loadSetting("pagerDutyToken", sources) === undefined;
  const flags = isAlone ? { ...sources.flags, pagerDutyToken: key.token } : sources.flags;
  // Short: only what is compared first may take the place of a token.
  const { readToken: _later, ...settings } = loadPagerDutySettings(
    { ...sources, ...(flags !== undefined && { flags }) },
    rateBudgets.sync,
  );
  warnOfIgnored(listIgnoredVariables(sources.environment), context);
  const { clock } = context;
  const reading = { fetch: globalThis.fetch, clock, random: Math.random, ...settings };
  if (key === undefined) return connectPagerDuty(reading);
  return connectWebhookKey({
    ...reading,
    ...(isAlone ? { token: key.token } : key),
    reading: isAlone ? undefined : connectPagerDuty(reading),
    expected: loadSetting("expectAccount", sources),
    names: webhookKeyNames,
  });
}

function warnOfIgnored(ignored: readonly IgnoredVariable[], context: CliContext): void {
  const warning = describeIgnoredVariables(ignored);
  if (warning !== undefined) context.stderr.write(`${warning}.\n`);
}
