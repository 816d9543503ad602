import { hostname } from "node:os";
import process from "node:process";
import type { LoggerService } from "@backstage/backend-plugin-api";
import type { EventsService } from "@backstage/plugin-events-node";
import {
  type Clock,
  connectPagerDuty,
  connectPort,
  createInboxWriter,
  createStoreJournal,
  createWebhookSecrets,
  describeError,
  type PagerDutyClient,
  type PagerDutyWriter,
  type PortClient,
  rateBudgets,
  readRunHistory,
  receiveWebhook,
  settings,
  type Store,
  watchWrites,
} from "@pagerport/core";
import { connectWithOauth } from "./connect-with-oauth.ts";
import { createMappingReader } from "./create-mapping-reader.ts";
import { createEventLog, type EventLog } from "./log-events.ts";
import type { Operations, ResyncType } from "./operations.ts";
import { createPublishingInbox } from "./publish-events.ts";
import type { PluginConfig } from "./read-config.ts";
import type { PagerDutyAccess, PortAccess } from "./read-credentials.ts";
import { createSinkRelay, type Sink } from "./sink.ts";
import type { SyncService, SyncServiceOptions } from "./sync-service.ts";
import { version } from "./version.ts";

/** Seconds between questions to Port whether it wants a resync. */
const pollInterval = 60;
/** Milliseconds until it is tried again what ended by an error, such as a refused credential. */
const restartAfter = 60_000;
const millisecondsPerHour = 3_600_000;

/** What is of the world outside, for tests to replace. */
export interface Environment {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** Between 0 and 1, for jitter. */
  readonly random: () => number;
  readonly createSyncService: (options: SyncServiceOptions) => SyncService;
}

export interface SynchroniserOptions extends Environment {
  readonly config: PluginConfig;
  readonly hosts: NonNullable<PluginConfig["hosts"]>;
  readonly store: Store;
  readonly logger: LoggerService;
  readonly events: EventsService;
  readonly sinks: readonly Sink[];
}

/** What works in the background, with what the routes and the schedule ask of it. */
export interface Synchroniser {
  readonly operations: Operations;
  /** Begins to work; does not wait. */
  start(): void;
  /** Resolves when what had begun has ended. */
  stop(): Promise<void>;
  /** Asks for the resync that is due: everything, or what may have changed. */
  resyncOnSchedule(): Promise<void>;
}

/** Makes what the plugin runs. No request is sent before it is started. */
export function createSynchroniser(options: SynchroniserOptions): Synchroniser {
  const { config, store, logger, clock } = options;
  const log = createEventLog(logger);
  const secrets = createWebhookSecrets({ sql: store.sql, configured: config.webhookSecrets });
  const writer = createInboxWriter({ sql: store.sql, clock });
  const inbox = createPublishingInbox(writer, options.events, logger);
  const service = createService(options, log);
  const stopping = new AbortController();
  let working: Promise<void> = Promise.resolve();
  let problem: string | undefined;

  async function work(): Promise<void> {
    const { signal } = stopping;
    while (!signal.aborted) {
      try {
        await service.run(signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        problem = describeError(error);
        logger.error(`Nothing is synchronised, next try in a minute: ${problem}`);
        // It only ends early where all is to end.
        await clock.sleep(restartAfter, signal).catch(() => undefined);
      }
      problem = undefined;
    }
  }

  async function findDue(): Promise<ResyncType> {
    const { lastFull } = await readRunHistory(store.sql);
    const newest = clock.now() - config.fullResyncInterval * millisecondsPerHour;
    return lastFull !== undefined && lastFull.startedAt > newest ? "delta" : "full";
  }

  return {
    operations: {
      async receive(request) {
        const response = await receiveWebhook(request, {
          inbox,
          secrets,
          clock,
          paths: ["/webhook"],
          onReceipt: log.onReceipt,
        });
        if (response.status === 202) service.wake();
        return response;
      },
      async health() {
        const { paused } = await service.status();
        const isSigned = (await secrets.known()).length > 0;
        return {
          status: problem === undefined && paused.length === 0 ? "ok" : "trouble",
          missing: [],
          ...(problem === undefined ? {} : { problem }),
          paused,
          webhook: isSigned
            ? { status: "ready" }
            : { status: "unavailable", missing: ["pagerport.pagerduty.webhookSecrets"] },
          store: { place: store.place, isPersistent: store.isPersistent },
        };
      },
      status: () => service.status(),
      resync: (type) => service.requestResync(type, "asked for through Backstage"),
    },
    start() {
      working = work();
    },
    async stop() {
      stopping.abort(new Error("Backstage shuts down"));
      await working;
      await inbox.settle();
    },
    async resyncOnSchedule() {
      await service.requestResync(await findDue(), "the schedule");
    },
  };
}

function createService(options: SynchroniserOptions, log: EventLog): SyncService {
  const { config, hosts, store, clock, random, logger, sinks } = options;
  const { integrationIdentifier } = config;
  const direct = openPort(hosts.port, options, log);
  const port =
    sinks.length === 0 ? direct : watchWrites({ port: direct, ...createSinkRelay(sinks, logger) });
  return options.createSyncService({
    pagerDuty: openPagerDuty(hosts.pagerDuty, options, log),
    port,
    store,
    clock,
    random,
    integrationIdentifier,
    owner: `${hostname()}, process ${process.pid}`,
    readMapping: createMappingReader({
      port: direct,
      clock,
      integrationIdentifier,
      given: config.mapping,
      initializes: config.initializePortResources,
      onNotice: (message) => logger.info(message),
    }),
    createJournal: (run) => createStoreJournal(store, run?.number ?? 0),
    listener: { type: "POLLING", interval: pollInterval, resyncOnStart: true },
    // Backstage's scheduler asks for them, in one replica at a time.
    scheduledResyncInterval: 0,
    fullResyncInterval: config.fullResyncInterval,
    agedIncidents: config.agedIncidents,
    sendsExamples: true,
    onEvent: log.onEvent,
    onServiceEvent: log.onServiceEvent,
  });
}

function openPagerDuty(
  { apiUrl, credential }: PagerDutyAccess,
  { fetch, clock, random }: Environment,
  { onEvent }: EventLog,
): PagerDutyClient & PagerDutyWriter {
  const requestsPerMinute = settings.requestsPerMinute.default ?? 0;
  const rateBudget = rateBudgets.sync;
  const shared = { fetch, clock, random, apiUrl, requestsPerMinute, rateBudget, onEvent };
  if (credential.type === "oauth") return connectWithOauth({ ...shared, credential });
  return connectPagerDuty({ ...shared, token: credential.token });
}

function openPort(
  access: PortAccess,
  { fetch, clock, random, config }: SynchroniserOptions,
  { onEvent }: EventLog,
): PortClient {
  const { integrationIdentifier } = config;
  return connectPort({ fetch, clock, random, ...access, integrationIdentifier, version, onEvent });
}
