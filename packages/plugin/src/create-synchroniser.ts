import { hostname } from "node:os";
import process from "node:process";
import type { LoggerService } from "@backstage/backend-plugin-api";
import { ConflictError } from "@backstage/errors";
import type { EventsService } from "@backstage/plugin-events-node";
import {
  asWriter,
  type ApiOperations,
  checkHosts,
  type CheckHostsOptions,
  chooseRunType,
  type Clock,
  createApiOperations,
  describeError,
  createInboxWriter,
  createJournalMemory,
  createJournalRoom,
  createRateMemory,
  createPauseGate,
  createReadOnlyPort,
  createStoreJournal,
  createStorePins,
  createStoreShelf,
  createSyncService,
  createBodyBudget,
  createWebhookSecrets,
  guardPort,
  type InboxEvent,
  listEvents,
  noteListed,
  type PagerDutyClient,
  type PauseGate,
  type PortClient,
  readRetentionProblems,
  readStatus,
  receiveWebhook,
  type ShadowService,
  type Store,
  type SyncService,
  type SyncServiceOptions,
  untilOwnAccount,
  watchSubscription,
  watchWrites,
} from "@pagerport/core";
import {
  connectPagerDutyAs,
  connectPortAs,
  connectSubscriptionsAs,
  nameHostSettings,
} from "./connect-hosts.ts";
import { createMappingReader } from "./create-mapping-reader.ts";
import { createLoggedShadow, watchShadowWebhook } from "./create-shadow.ts";
import { endWork } from "./end-work.ts";
import { createEventLog, type EventLog } from "./log-events.ts";
import type { Operations } from "./operations.ts";
import { createEventPublisher, createWholeInbox } from "./publish-events.ts";
import type { PluginConfig } from "./read-config.ts";
import { listDeleted, restoreDeleted } from "./restore-deleted.ts";
import { restoreUnlessPaused } from "./restore-unless-paused.ts";
import { readInterval } from "./read-interval.ts";
import type { Sink } from "./sink.ts";
import { createSinkRelay } from "./sink-relay.ts";
import { createSubscriptionMemory } from "./subscription-memory.ts";
import { createTroubleMemory } from "./trouble-memory.ts";

/** Seconds between questions to Port whether it wants a resync. */
const pollInterval = 60;
/** What the settings of the journal of deletions are called. */
const retentionNames = { limit: "pagerport.journalLimit", days: "pagerport.keepDays" };
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
  /** What the API does. */
  readonly api: ApiOperations;
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
  const bodies = createBodyBudget({ clock });
  const secrets = createWebhookSecrets({ sql, configured: config.webhookSecrets });
  const inbox = createWholeInbox(createInboxWriter({ sql, clock }));
  const rates = createRateMemory({ clock });
  const { onRateLimit } = rates;
  const pagerDuty = connectPagerDutyAs(options.hosts.pagerDuty, {
    ...options,
    onRateLimit,
    integrationIdentifier: config.integrationIdentifier,
    onEvent: log.onEvent,
  });
  const connectedPort = connectPortAs(options.hosts.port, {
    ...options,
    onRateLimit,
    integrationIdentifier: config.integrationIdentifier,
    onEvent: log.onEvent,
  });
  const subscriptions = connectSubscriptionsAs({ ...config, hosts: options.hosts }, pagerDuty, {
    ...options,
    onRateLimit,
    integrationIdentifier: config.integrationIdentifier,
    onEvent: log.onEvent,
    pins: describeOwn(options).pins,
  });
  const ownPort = config.writes ? connectedPort : createReadOnlyPort(connectedPort);
  const relay = createSinkRelay({ ...options, sql, port: ownPort });
  const hasSinks = options.sinks.length > 0;
  const port = hasSinks ? watchWrites({ port: ownPort, begin: relay.begin }) : ownPort;
  const pauses = createPauseGate({ sql, clock });
  const service = createService(
    options,
    { pagerDuty, port, pauses, listBudgets: rates.list, describeWebhook: subscription.state },
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
    if (config.writes && !config.managesWebhook) return;
    // Another's account is to get no subscription.
    const found = new AbortController();
    const looking = AbortSignal.any([signal, found.signal]);
    await Promise.race([
      service.untilOwnHosts(looking),
      untilOwnAccount({ ...describeOwn(options), pagerDuty, clock, signal: looking }),
    ]);
    found.abort();
    if (signal.aborted) return;
    if (!config.writes) {
      const { webhookToken, publicUrl: url } = config;
      const { logger } = options;
      await watchShadowWebhook({
        // The key that reads makes none, whatever it may do.
        api: webhookToken === undefined ? undefined : subscriptions,
        clock,
        url,
        sql,
        owner: describeOwner(),
        logger,
        signal,
      });
      return;
    }
    await watchSubscription({
      api: subscriptions,
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
          bodies,
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
          ...(await readRetentionProblems(sql, retentionNames)),
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
        await noteListed(
          sql,
          dead.map(({ id }) => id),
        );
        return {
          ...status,
          nextRunAt: nextRunAt ?? (await options.findNextRun()),
          deadLetters: dead.map(describeDead),
          subscription: subscription.describe(),
          ...("report" in service && { shadow: await service.report() }),
        };
      },
      resync: (type) => service.requestResync(type, "asked for through Backstage"),
      deletions: () => listDeleted(sql),
      async restore(wanted) {
        const { integrationIdentifier } = config;
        if (!config.writes)
          throw new ConflictError("Nothing is written: pagerport.writes is false");
        const { signal } = stopping;
        const owner = describeOwner();
        return restoreUnlessPaused({ sql, clock, owner, pauses }, async () => {
          // PagerDuty has no part in it.
          await checkHosts({ ...describeOwn(options), port, signal });
          const guarded = guardPort(port, pauses, "write");
          return restoreDeleted(wanted, { sql, port: guarded, integrationIdentifier, signal });
        });
      },
    },
    api: createApiOperations({
      clock,
      sql,
      service,
      onNotAsked: (error) =>
        options.logger.error(
          `A plan was approved, and no run could be asked for; the next full one carries it out: ${describeError(error)}`,
        ),
      readStatus: () =>
        readStatus({
          store,
          integrationIdentifier: config.integrationIdentifier,
          pins: describeOwn(options).pins,
          expected: config.expected,
          readService: () => service.status(),
          findNextRun: options.findNextRun,
        }),
    }),
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
      const { fullResyncInterval, writes } = config;
      // A shadow keeps its own time.
      if (!writes) return;
      const type = await chooseRunType({ sql, fullResyncInterval });
      const interval = readInterval(config.schedule.frequency);
      // Backstage has given the task to another replica, or shuts down.
      if (!signal.aborted) await service.requestDue({ type, interval }, "it is time");
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
  {
    pagerDuty,
    port,
    pauses,
    ...told
  }: {
    readonly pagerDuty: PagerDutyClient;
    readonly port: PortClient;
    readonly pauses: PauseGate;
  } & Pick<SyncServiceOptions, "listBudgets" | "describeWebhook">,
  log: EventLog,
): SyncService | ShadowService {
  const { config, store, clock, logger, events } = options;
  const {
    integrationIdentifier,
    fullResyncInterval,
    verifyInterval,
    verifySample,
    agedIncidents,
    deletionThreshold,
    retention,
    takeOver,
    leaveTo,
  } = config;
  const room = createJournalRoom({
    shelf: createStoreShelf(store, retention),
    memory: createJournalMemory(store.sql),
    retention,
    clock,
    names: retentionNames,
    onFull: ({ message }) => logger.error(message),
  });
  const own = describeOwn(options);
  const create = (given: SyncServiceOptions): SyncService | ShadowService =>
    config.writes ? createSyncService(given) : createLoggedShadow(given, logger);
  const service: SyncService | ShadowService = create({
    ...told,
    pagerDuty,
    port,
    store,
    clock,
    integrationIdentifier,
    owner: describeOwner(),
    readMapping: createMappingReader({
      // It may make what is missing in Port.
      port: guardPort(port, pauses, "write"),
      clock,
      integrationIdentifier,
      given: config.mapping,
      initializes: config.initializePortResources && config.writes,
      checkHosts: (mapping, signal) => service.checkHosts(mapping, signal),
      write: (work) => asWriter({ sql: store.sql, clock, owner: describeOwner() }, work),
      onNotice: (message) => logger.info(message),
    }),
    checkHosts: (mapping, signal) => checkHosts({ ...own, pagerDuty, port, mapping, signal }),
    createJournal: (run) => createStoreJournal(store, run?.number, room),
    tidyJournal: room.tidy,
    retention,
    listener: { type: "POLLING", interval: pollInterval, resyncOnStart: true },
    // Backstage's scheduler asks for them, in one replica at a time.
    scheduledResyncInterval: 0,
    fullResyncInterval,
    verifyInterval,
    verifySample,
    agedIncidents,
    takeOver,
    leaveTo,
    highestThreshold: deletionThreshold,
    sendsExamples: true,
    pauses,
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
