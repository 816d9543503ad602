import {
  connectPagerDuty,
  connectPort,
  describeIgnoredVariables,
  createFilePins,
  createPostgresPins,
  type EventListener,
  type ExpectedHosts,
  gatherMistakes,
  type IgnoredVariable,
  listIgnoredVariables,
  loadExpectedHosts,
  loadPagerDutySettings,
  loadPortSettings,
  loadResyncSettings,
  loadStoreSettings,
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
} from "@pagerport/core";
import type { CliContext } from "./context.ts";
import { version } from "./version.ts";

export interface OpenRunOptions {
  /** See {@link loadRunSources}. */
  readonly sources: SettingSources;
  /** The share of PagerDuty's requests where none is set: one of {@link rateBudgets}. */
  readonly rateBudget: number;
  readonly onEvent?: EventListener;
  /** Of a sandbox: nothing of it is kept, and nothing need be said of that. @default false */
  readonly isInvented?: boolean;
}

/** What {@link loadRunSettings} has checked. */
export interface RunSettings {
  readonly pagerDuty: PagerDutySettings;
  readonly port: PortSettings;
  readonly store: StoreSettings;
  readonly expected: ExpectedHosts;
  readonly resync: ResyncSettings;
  readonly ignored: readonly IgnoredVariable[];
}

/** What a command that brings PagerDuty to Port works with. */
export interface OpenedRun {
  readonly pagerDuty: PagerDutyClient & PagerDutyWriter;
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
  { onEvent, isInvented = false }: Pick<OpenRunOptions, "onEvent" | "isInvented">,
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
  };
  return {
    pagerDuty: connectPagerDuty({ ...shared, ...settings.pagerDuty }),
    port: connectPort({ ...shared, ...settings.port, version }),
    store,
    integrationIdentifier: settings.port.integrationIdentifier,
    hosts: {
      pagerDutyApiUrl: settings.pagerDuty.apiUrl,
      portBaseUrl: settings.port.baseUrl,
      portClientId: settings.port.clientId,
    },
    expected: settings.expected,
    pins: choosePins(settings, store),
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
  const settings = loadPortSettings(sources);
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

/** What manages webhook subscriptions: PagerDuty alone. */
export function openPagerDuty(
  sources: SettingSources,
  context: CliContext,
): PagerDutyClient & PagerDutyWriter {
  const settings = loadPagerDutySettings(sources, rateBudgets.sync);
  warnOfIgnored(listIgnoredVariables(sources.environment), context);
  return connectPagerDuty({
    fetch: globalThis.fetch,
    clock: context.clock,
    random: Math.random,
    ...settings,
  });
}

function warnOfIgnored(ignored: readonly IgnoredVariable[], context: CliContext): void {
  const warning = describeIgnoredVariables(ignored);
  if (warning !== undefined) context.stderr.write(`${warning}.\n`);
}
