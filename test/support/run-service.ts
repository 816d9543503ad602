import { type Sandbox, type SandboxOptions, startSandbox } from "@pagerport/cli/sandbox";
import {
  createInboxWriter,
  createSyncService,
  createWebhookSecrets,
  openStore,
  parseMapping,
  readBacklog,
  readDefaultFile,
  receiveWebhook,
  type ServiceEvent,
  type Store,
  type SyncService,
  type SyncServiceOptions,
  systemClock,
} from "@pagerport/core";
import {
  connectSandboxPagerDuty,
  connectSandboxPort,
  integrationIdentifier,
} from "./connect-sandbox.ts";
import { putBlueprints } from "./blueprints.ts";

/** A sandbox whose webhooks reach a service in this process. */
export interface ServiceSetting extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly store: Store;
  readonly service: SyncService;
  /** What the service told. */
  readonly events: ServiceEvent[];
  /** Resolves when all that was sent is in Port, and no run goes on or waits. */
  settle(): Promise<void>;
}

/** Starts a sandbox and a service that follows it, resynced once. */
export async function startServiceSetting(
  options: SandboxOptions = {},
  given: Partial<SyncServiceOptions> & { readonly mapping?: string } = {},
): Promise<ServiceSetting> {
  const { mapping = readDefaultFile("mapping.yaml"), ...rest } = given;
  const store = rest.store ?? (await openStore());
  const events: ServiceEvent[] = [];
  let receive: (request: Request) => Promise<Response> = () =>
    Promise.resolve(new Response(null, { status: 503 }));
  const sandbox = await startSandbox({
    services: 20,
    incidents: 100,
    schedules: 3,
    users: 8,
    webhookFetch: (request) => receive(request),
    ...options,
  });
  putBlueprints(sandbox);
  const subscription = sandbox.webhooks.subscribe({ url: "http://pagerport.test/webhook" });
  const configured = subscription.secrets.map((value) => ({ name: subscription.id, value }));
  const service = createSyncService({
    pagerDuty: connectSandboxPagerDuty(sandbox),
    port: connectSandboxPort(sandbox),
    store,
    clock: systemClock,
    integrationIdentifier,
    owner: "test",
    readMapping: () => parseMapping(mapping),
    createJournal: () => ({ append: () => undefined, flush: () => Promise.resolve() }),
    listener: { type: "POLLING", interval: 60, resyncOnStart: true },
    scheduledResyncInterval: 0,
    fullResyncInterval: 24,
    agedIncidents: "keep",
    sendsExamples: false,
    onServiceEvent: (event) => events.push(event),
    ...rest,
  });
  const { sql } = store;
  const secrets = createWebhookSecrets({ sql, configured });
  const inbox = createInboxWriter({ sql, clock: systemClock });
  receive = async (request) => {
    const response = await receiveWebhook(request, { inbox, secrets, clock: systemClock });
    service.wake();
    return response;
  };
  const stop = new AbortController();
  const running = service.run(stop.signal);
  const settle = async (): Promise<void> => {
    await sandbox.webhooks.settled();
    for (;;) {
      const { waiting } = await readBacklog(sql);
      const started = events.filter(({ type }) => type === "queued").length;
      const ended = events.filter(({ type }) => type === "run-ended").length;
      if (waiting === 0 && ended >= started && started > 0) return;
      await systemClock.sleep(10);
    }
  };
  await settle();
  return {
    sandbox,
    store,
    service,
    events,
    settle,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
      await sandbox[Symbol.asyncDispose]();
      if (rest.store === undefined) await store[Symbol.asyncDispose]();
    },
  };
}
