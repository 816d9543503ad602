import { hostname } from "node:os";
import process from "node:process";
import type { LoggerService } from "@backstage/backend-plugin-api";
import type { EventsService } from "@backstage/plugin-events-node";
import {
  checkHosts,
  type CheckHostsOptions,
  chooseRunType,
  type Clock,
  createInboxWriter,
  createStoreJournal,
  createStorePins,
  createSyncService,
  createWebhookSecrets,
  type InboxEvent,
  listEvents,
  type PagerDutyClient,
  type PortClient,
  receiveWebhook,
  type Store,
  type SyncService,
  untilOwnAccount,
  watchSubscription,
  watchWrites,
} from "@pagerport/core";
import { connectPagerDutyAs, connectPortAs, nameHostSettings } from "./connect-hosts.ts";
import { createMappingReader } from "./create-mapping-reader.ts";
import { endWork } from "./end-work.ts";
import { createEventLog, type EventLog } from "./log-events.ts";
import type { Operations } from "./operations.ts";
import { createEventPublisher, createWholeInbox } from "./publish-events.ts";
import type { PluginConfig } from "./read-config.ts";
import { listDeleted, restoreDeleted } from "./restore-deleted.ts";
import type { Sink } from "./sink.ts";
import { createSinkRelay } from "./sink-relay.ts";
import { createSubscriptionMemory } from "./subscription-memory.ts";
import { createTroubleMemory } from "./trouble-memory.ts";

/** Seconds between questions to Port whether it wants a resync. */
const pollInterval = 60;
/** Dead letters that the status shows one by one. */
const shownDead = 20;

/** What is of the world outside, for tests to replace. */
export interface Environment {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** Between 0 and 1, for jitter. */
  readonly random: () => number;
}

export interface SynchroniserOptions extends Environment {
  readonly config: PluginConfig;
  readonly hosts: NonNullable<PluginConfig["hosts"]>;
  readonly store: Store;
  readonly logger: LoggerService;
  readonly events: EventsService;
  readonly sinks: readonly Sink[];
  /** When the schedule's task begins next, milliseconds since 1970; undefined where nobody can tell. */
  readonly findNextRun: () => Promise<number | undefined>;
}

/** What works in the background, with what the routes and the schedule ask of it. */
export interface Synchroniser {
  readonly operations: Operations;
  /** Begins to work; does not wait. */
  start(): void;
  /** Resolves when what had begun has ended, or was given up as it took too long. */
  stop(): Promise<void>;
  /** Asks for the resync that is due: of everything, or of what may have changed. */
  resyncOnSchedule(signal: AbortSignal): Promise<void>;
}

/** Makes what the plugin runs. No request is sent before it is started. */
export function createSynchroniser(options: SynchroniserOptions): Synchroniser {
  const { config, store, clock } = options;
  const { sql } = store;
  const log = createEventLog(options.logger);
  const trouble = createTroubleMemory();
  const subscription = createSubscriptionMemory(options.logger);
  const secrets = createWebhookSecrets({ sql, configured: config.webhookSecrets });
  const inbox = createWholeInbox(createInboxWriter({ sql, clock }));
  const pagerDuty = connectPagerDutyAs(options.hosts.pagerDuty, {
    ...options,
    integrationIdentifier: config.integrationIdentifier,
    onEvent: log.onEvent,
  });
  const ownPort = connectPortAs(options.hosts.port, {
    ...options,
    integrationIdentifier: config.integrationIdentifier,
    onEvent: log.onEvent,
  });
  const relay = createSinkRelay({ ...options, sql, port: ownPort });
  const hasSinks = options.sinks.length > 0;
  const port = hasSinks ? watchWrites({ port: ownPort, begin: relay.begin }) : ownPort;
  const service = createService(
    options,
    { pagerDuty, port },
    {
      ...log,
      onServiceEvent(event) {
        trouble.note(event);
        log.onServiceEvent(event);
      },
    },
  );
  const stopping = new AbortController();
  const givingUp = new AbortController();
  let working: Promise<unknown> = Promise.resolve();

  /** Only where it is ours to look after. */
  async function watch(signal: AbortSignal): Promise<void> {
    if (!config.managesWebhook) return;
    // Another's account is to get no subscription.
    const found = new AbortController();
    const looking = AbortSignal.any([signal, found.signal]);
    await Promise.race([
      service.untilOwnHosts(looking),
      untilOwnAccount({ ...describeOwn(options), pagerDuty, clock, signal: looking }),
    ]);
    found.abort();
    if (signal.aborted) return;
    await watchSubscription({
      api: pagerDuty,
      sql,
      clock,
      owner: describeOwner(),
      baseUrl: config.publicUrl?.replace(/\/webhook$/, ""),
      pathPrefix: "",
      configured: config.webhookSecrets,
      signal,
      onReport: subscription.onReport,
      isHeld: () => service.areHostsForeign(),
      onGap: (since) => service.coverGap(since),
    });
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
        const hasSecret = (await secrets.known()).length > 0;
        const problems = [
          ...paused.map(({ host, error }) => `${host}: ${error}`),
          ...trouble.list(),
          ...subscription.problems(),
        ];
        return {
          status: problems.length === 0 ? "ok" : "trouble",
          problems,
          missing: hasSecret ? [] : ["pagerport.pagerduty.webhookSecrets"],
          webhook: hasSecret ? "ready" : "unavailable",
          store: { place: store.place, isPersistent: store.isPersistent },
        };
      },
      async status() {
        const { nextRunAt, ...status } = await service.status();
        const dead = await listEvents(sql, { states: ["dead"], limit: shownDead });
        return {
          ...status,
          nextRunAt: nextRunAt ?? (await options.findNextRun()),
          deadLetters: dead.map(describeDead),
          subscription: subscription.describe(),
        };
      },
      resync: (type) => service.requestResync(type, "asked for through Backstage"),
      deletions: () => listDeleted(sql),
      async restore(wanted) {
        const { integrationIdentifier } = config;
        const { signal } = stopping;
        // PagerDuty has no part in it.
        await checkHosts({ ...describeOwn(options), port, signal });
        return restoreDeleted(wanted, { sql, port, integrationIdentifier, signal });
      },
    },
    start() {
      const { signal } = stopping;
      working = Promise.all([
        service.run(signal, givingUp.signal),
        watch(signal),
        relay.run(signal),
      ]);
    },
    async stop() {
      stopping.abort(new Error("Backstage shuts down"));
      await endWork({
        working,
        clock,
        onOverdue() {
          options.logger.warn("Not all has ended in time; it is given up, and done again later");
          givingUp.abort(new Error("Backstage shuts down"));
        },
      });
    },
    async resyncOnSchedule(signal) {
      const { fullResyncInterval } = config;
      const type = await chooseRunType({ sql, fullResyncInterval });
      // Backstage has given the task to another replica, or shuts down.
      if (!signal.aborted) await service.requestResync(type, "it is time");
    },
  };
}

function describeOwner(): string {
  return `${hostname()}, process ${process.pid}`;
}

/** By what it is told whose hosts are the integration's own. */
function describeOwn({
  config: { expected, integrationIdentifier },
  hosts,
  store: { sql },
}: SynchroniserOptions): Omit<CheckHostsOptions, "pagerDuty" | "port"> {
  const pins = createStorePins({ sql, integrationIdentifier });
  return { pins, expected, names: nameHostSettings(hosts), integrationIdentifier, sql };
}

function createService(
  options: SynchroniserOptions,
  { pagerDuty, port }: { readonly pagerDuty: PagerDutyClient; readonly port: PortClient },
  log: EventLog,
): SyncService {
  const { config, store, clock, logger, events } = options;
  const {
    integrationIdentifier,
    fullResyncInterval,
    agedIncidents,
    deletionThreshold,
    takeOver,
    leaveTo,
  } = config;
  const own = describeOwn(options);
  const service: SyncService = createSyncService({
    pagerDuty,
    port,
    store,
    clock,
    integrationIdentifier,
    owner: describeOwner(),
    readMapping: createMappingReader({
      port,
      clock,
      integrationIdentifier,
      given: config.mapping,
      initializes: config.initializePortResources,
      checkHosts: (mapping, signal) => service.checkHosts(mapping, signal),
      onNotice: (message) => logger.info(message),
    }),
    checkHosts: (mapping, signal) => checkHosts({ ...own, pagerDuty, port, mapping, signal }),
    createJournal: (run) => createStoreJournal(store, run?.number),
    listener: { type: "POLLING", interval: pollInterval, resyncOnStart: true },
    // Backstage's scheduler asks for them, in one replica at a time.
    scheduledResyncInterval: 0,
    fullResyncInterval,
    agedIncidents,
    takeOver,
    leaveTo,
    highestThreshold: deletionThreshold,
    sendsExamples: true,
    publish: createEventPublisher({ events, clock, logger }),
    onEvent: log.onEvent,
    onServiceEvent: log.onServiceEvent,
  });
  return service;
}

/** Without the payload, which is for whoever may look into the database. */
function describeDead({ id, type, key, attempts, receivedAt, lastError }: InboxEvent): object {
  return { id, type, key, attempts, receivedAt, error: lastError };
}
