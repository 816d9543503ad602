import {
  checkHosts,
  createInboxWriter,
  createMetrics,
  createReadinessProbe,
  createSyncService,
  createWebhookSecrets,
  type EventListener,
  type Metrics,
  type ReadinessProbe,
  type ReceiveWebhookDeps,
  type ServiceEvent,
  type Store,
  type SyncService,
  type WebhookReceipt,
  type WebhookSecret,
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
import { watchSignatures } from "./watch-signatures.ts";

/** What a server is made of; nothing of it runs yet. */
export interface OpenedServer {
  readonly opened: OpenedRun;
  readonly mapping: MappingReader;
  readonly service: SyncService;
  /** Secrets of webhooks that the settings give. */
  readonly configured: readonly WebhookSecret[];
  /** How webhooks are received. */
  readonly webhook: Omit<ReceiveWebhookDeps, "paths">;
  readonly metrics: Metrics;
  readonly readiness: ReadinessProbe;
  readonly setWebhookState: (state: WebhookState) => void;
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
  const opened = await connectRun(run, { onEvent }, warned);
  try {
    const mapping = await createMappingReader(opened, sources, context);
    const store = judgeStore(opened.store, run.store, log);
    let webhookState: WebhookState = { state: "unknown" };
    const readWebhook = (): WebhookState => webhookState;
    const metrics = await createMetrics({ store, clock, readWebhook, version });
    const releaseMemory = createMemoryRelease(now);
    listeners.push(metrics.onEvent, ({ type }) => type === "page" && releaseMemory());

    const { databaseUrl, stateDir: folder } = run.store;
    const journals =
      databaseUrl === undefined
        ? createDeletionJournals({ folder, startedAt: now() })
        : keepJournalsInStore(opened.store);
    const service = createSyncService({
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
      listener: server.listener,
      scheduledResyncInterval: server.scheduledResyncInterval ?? 0,
      fullResyncInterval: server.fullResyncInterval,
      agedIncidents: run.resync.agedIncidents,
      takeOver: run.resync.takeOver,
      leaveTo: run.resync.leaveTo,
      highestThreshold: run.resync.deletionThreshold,
      sendsExamples: run.resync.sendRawDataExamples,
      onEvent,
      onServiceEvent: tellAll<ServiceEvent>(logServiceEvent(log, now), metrics.onServiceEvent),
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
    const configured = nameSecrets(server.webhookSecrets);
    const hasConfigured = configured.length > 0;
    const onReceipt = tellAll(
      wake,
      readiness.onReceipt,
      metrics.onReceipt,
      logReceipt(log, clock),
      watchSignatures({ log, clock, hasConfigured }),
    );
    return {
      opened,
      mapping,
      service,
      configured,
      webhook: {
        inbox: createInboxWriter({ sql: store.sql, clock }),
        secrets: createWebhookSecrets({ sql: store.sql, configured }),
        clock,
        acceptsUnsigned: settings.acceptsUnsigned,
        onReceipt,
      },
      metrics,
      readiness,
      setWebhookState: (state) => {
        webhookState = state;
      },
      close: async () => {
        await journals[Symbol.asyncDispose]();
        await opened.close();
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
