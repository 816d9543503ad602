import {
  type ApiOperations,
  checkHosts,
  createApiOperations,
  createInboxWriter,
  createMetrics,
  createRateMemory,
  createPauseGate,
  createReadinessProbe,
  createSyncService,
  createWebhookSecrets,
  describeError,
  type EventListener,
  type GivenSecrets,
  type Metrics,
  type PauseGate,
  type ReadinessProbe,
  openServerPlace,
  readStatus,
  type ReceiveWebhookDeps,
  type ServerPlace,
  type ServiceEvent,
  type Store,
  type SyncService,
  type WebhookReceipt,
  type WebhookSecret,
  watchSecret,
  type WebhookState,
} from "@pagerport/core";
import type { CliContext } from "../context.ts";
import { nameProcess } from "../run-lock.ts";
import { connectRun, type OpenedRun } from "../open-run.ts";
import { createMemoryRelease } from "../release-memory.ts";
import { createLogOutput, type Log } from "../ui/log.ts";
import { version } from "../version.ts";
import { createDeletionJournals, keepJournalsInStore } from "./deletion-journals.ts";
import { findVolatile } from "./find-volatile.ts";
import type { ServeSettings } from "./load-serve-settings.ts";
import { logRunEvent } from "./log-run-event.ts";
import { logReceipt } from "./log-receipt.ts";
import { logServiceEvent } from "./log-service-event.ts";
import { createMappingReader, type MappingReader } from "./read-mapping.ts";
import { createShadowOf, logShadowEvent, onlyRead } from "./open-shadow.ts";
import { watchSignatures } from "./watch-signatures.ts";

/** The part of the time that may go into releasing memory while bodies find no room. */
const shareForBodies = 0.2;

/** What a server is made of; nothing of it runs yet. */
export interface OpenedServer {
  readonly opened: OpenedRun;
  readonly mapping: MappingReader;
  readonly service: SyncService;
  readonly pauses: PauseGate;
  /** Whether it only looks. */
  readonly isShadow: boolean;
  /** Secrets of webhooks that the settings give. */
  readonly configured: GivenSecrets;
  /** How webhooks are received. */
  readonly webhook: Omit<ReceiveWebhookDeps, "paths">;
  readonly metrics: Metrics;
  /** What the API does. */
  readonly operations: ApiOperations;
  readonly readiness: ReadinessProbe;
  readonly setWebhookState: (state: WebhookState) => void;
  /** The place of the store's server: nothing is worked on before it is taken. */
  readonly place: ServerPlace;
  /** Closes the store and what deleted entities are kept in. */
  readonly close: () => Promise<void>;
}

/**
 * Opens the store, checks a mapping that was given and connects the hosts; no request is sent. A store that
 * will not last is told of.
 *
 * @throws {ConfigError}
 */
export async function openServer(
  settings: ServeSettings,
  log: Log,
  context: CliContext,
): Promise<OpenedServer> {
  const { run, server, sources } = settings;
  const { clock } = context;
  const now = (): number => clock.now();
  const listeners: EventListener[] = [logRunEvent(log, now)];
  const onEvent: EventListener = (event) => {
    for (const listener of listeners) listener(event);
  };
  const warned = { ...context, stderr: createLogOutput(log.warn) };
  const rates = createRateMemory({ clock });
  const { onRateLimit } = rates;
  const connected = await connectRun(run, { onEvent, onRateLimit }, warned);
  const opened = server.shadow ? onlyRead(connected) : connected;
  try {
    const mapping = await createMappingReader(opened, sources, context);
    const place = await openServerPlace({
      store: opened.store,
      clock,
      owner: nameProcess(),
      patience: server.shutdownGrace * 1000,
    });
    const store = judgeStore(opened.store, run.store, log);
    let webhookState: WebhookState = { state: "unknown" };
    const readWebhook = (): WebhookState => webhookState;
    const metrics = await createMetrics({ store, clock, readWebhook, version });
    const releaseMemory = createMemoryRelease(now);
    listeners.push(metrics.onEvent, ({ type }) => type === "page" && releaseMemory());

    const { databaseUrl, stateDir: folder } = run.store;
    const { retention } = run.resync;
    const onFull = ({ message }: Error): void => log.error(message);
    const keeping = { store: opened.store, retention, clock, onFull };
    const journals =
      databaseUrl === undefined
        ? createDeletionJournals({ ...keeping, folder, startedAt: now() })
        : keepJournalsInStore(keeping);
    const pauses = createPauseGate({ sql: store.sql, clock });
    const isShadow = server.shadow;
    const shadow = {
      log,
      stdout: context.stdout,
      store: run.store,
      isPersistent: store.isPersistent,
    };
    const create = isShadow ? createShadowOf(shadow) : createSyncService;
    const logEvent = isShadow ? logShadowEvent(log, now) : logServiceEvent(log, now);
    const service = create({
      pauses,
      pagerDuty: opened.pagerDuty,
      port: opened.port,
      store,
      clock,
      integrationIdentifier: opened.integrationIdentifier,
      owner: nameProcess(),
      readMapping: mapping.read,
      checkHosts: (current, signal) =>
        checkHosts({ ...opened, sql: store.sql, mapping: current, signal }),
      createJournal: journals.create,
      tidyJournal: journals.tidy,
      retention,
      listener: server.listener,
      scheduledResyncInterval: server.scheduledResyncInterval ?? 0,
      fullResyncInterval: server.fullResyncInterval,
      verifyInterval: server.verifyInterval,
      verifySample: server.verifySample,
      describeWebhook: readWebhook,
      listBudgets: rates.list,
      agedIncidents: run.resync.agedIncidents,
      takeOver: run.resync.takeOver,
      leaveTo: run.resync.leaveTo,
      highestThreshold: run.resync.deletionThreshold,
      sendsExamples: run.resync.sendRawDataExamples,
      onEvent,
      onServiceEvent: tellAll<ServiceEvent>(logEvent, metrics.onServiceEvent),
    });
    const readiness = createReadinessProbe({
      store,
      clock,
      readWebhook,
      readStatus: () => service.status(),
    });
    const wake = ({ outcome }: WebhookReceipt): void => {
      if (outcome === "accepted") service.wake();
    };
    // What was begun and thrown away would stay for long otherwise.
    const releaseBodies = createMemoryRelease(now, shareForBodies);
    const release = ({ outcome }: WebhookReceipt): void => {
      if (outcome === "busy") releaseBodies();
    };
    const { readWebhookSecrets } = server;
    const configured = watchSecret({
      value: nameSecrets(server.webhookSecrets),
      read: readWebhookSecrets && (() => nameSecrets(readWebhookSecrets())),
      clock,
      onNotice: log.warn,
    });
    const hasConfigured = server.webhookSecrets.length > 0;
    const onReceipt = tellAll(
      wake,
      release,
      readiness.onReceipt,
      metrics.onReceipt,
      logReceipt(log, clock),
      watchSignatures({ log, clock, hasConfigured }),
    );
    return {
      opened,
      mapping,
      service,
      pauses,
      isShadow,
      configured,
      webhook: {
        inbox: createInboxWriter({ sql: store.sql, clock }),
        secrets: createWebhookSecrets({ sql: store.sql, configured }),
        clock,
        acceptsUnsigned: settings.acceptsUnsigned,
        onReceipt,
      },
      metrics,
      operations: createApiOperations({
        clock,
        sql: store.sql,
        service,
        onNotAsked: (error) =>
          log.error(
            "A plan was approved, and no run could be asked for: the next one carries it out",
            {
              error: describeError(error),
            },
          ),
        readStatus: () =>
          readStatus({
            store,
            integrationIdentifier: opened.integrationIdentifier,
            pins: opened.pins,
            expected: opened.expected,
            readService: () => service.status(),
          }),
      }),
      readiness,
      place,
      setWebhookState: (state) => {
        webhookState = state;
      },
      close: async () => {
        await journals[Symbol.asyncDispose]();
        await opened.close();
        place.release();
      },
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Events are remembered by the name of the secret that they were signed with. */
function nameSecrets(values: readonly string[]): WebhookSecret[] {
  return values.map((value, place) => ({
    name: place === 0 ? "PD_WEBHOOK_SECRET" : `PD_WEBHOOK_SECRET (${place + 1})`,
    value,
  }));
}

/** The store, and whether it lasts: one in a container's own layer does not, though it is a file. */
function judgeStore(store: Store, { databaseUrl, stateDir }: RunStore, log: Log): Store {
  if (databaseUrl !== undefined || !store.isPersistent) return store;
  const reason = findVolatile(stateDir);
  if (reason === undefined) return store;
  log.warn(
    `What this server keeps will not last: ${stateDir}: ${reason}. Events that wait would be lost with it; set PAGERPORT_STATE_DIR to a volume, or PAGERPORT_DATABASE_URL`,
  );
  return { ...store, isPersistent: false };
}

type RunStore = ServeSettings["run"]["store"];

function tellAll<Told>(...listeners: readonly ((told: Told) => void)[]): (told: Told) => void {
  return (told) => {
    for (const listener of listeners) listener(told);
  };
}
