import { type Sandbox, type SandboxOptions, startSandbox } from "@pagerport/cli/sandbox";
import {
  createInboxWriter,
  createSyncService,
  createWebhookSecrets,
  type Clock,
  type JsonObject,
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
import { readQueuedRun } from "../../packages/core/src/store/queued-run.ts";
import { putBlueprints } from "./blueprints.ts";

/** A sandbox whose webhooks reach a service in this process. */
export interface ServiceSetting extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly store: Store;
  readonly service: SyncService;
  /** Replicas of it, each on a store of its own. */
  readonly replicas: readonly SyncService[];
  /** Requests of webhooks so far. */
  countReceived(): number;
  /** What the service told. */
  readonly events: ServiceEvent[];
  /** Resolves when all that was sent is in Port, and no run goes on or waits. */
  settle(): Promise<void>;
}

/** What a test says of the service. */
export interface ServiceChanges extends Partial<SyncServiceOptions> {
  readonly mapping?: string;
  /** Blueprints in place of those of the default mapping, targets of relations first. */
  readonly blueprints?: readonly JsonObject[];
  /** More stores on the same database, for a replica each. */
  readonly others?: readonly Store[];
  /** Clients of each replica, in place of the sandbox's own. */
  readonly connect?: (sandbox: Sandbox) => Pick<SyncServiceOptions, "pagerDuty" | "port">;
}

/** Starts a sandbox and a service that follows it, resynced once. */
export async function startServiceSetting(
  options: SandboxOptions = {},
  given: ServiceChanges = {},
): Promise<ServiceSetting> {
  const { mapping = readDefaultFile("mapping.yaml"), blueprints, others = [], ...rest } = given;
  const { connect, clock = systemClock } = rest;
  const store = rest.store ?? (await openStore());
  const events: ServiceEvent[] = [];
  const runs = { started: 0, ended: 0 };
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
  if (blueprints === undefined) putBlueprints(sandbox);
  else for (const blueprint of blueprints) sandbox.port.putBlueprint(blueprint);
  const subscription = sandbox.webhooks.subscribe({ url: "http://pagerport.test/webhook" });
  const configured = subscription.secrets.map((value) => ({ name: subscription.id, value }));
  const clients = connect ?? (() => connectBoth(sandbox, clock));
  const create = (own: Store, place: number): SyncService =>
    createSyncService({
      ...clients(sandbox),
      integrationIdentifier,
      owner: `test ${place}`,
      readMapping: () => parseMapping(mapping),
      createJournal: () => ({ append: () => undefined, flush: () => Promise.resolve() }),
      listener: { type: "POLLING", interval: 60, resyncOnStart: true },
      scheduledResyncInterval: 0,
      fullResyncInterval: 24,
      agedIncidents: "keep",
      sendsExamples: false,
      onServiceEvent: (event) => {
        events.push(event);
        if (event.type === "run-started") runs.started += 1;
        if (event.type === "run-ended") runs.ended += 1;
      },
      ...rest,
      clock,
      store: own,
    });
  const { sql } = store;
  const replicas = [store, ...others].map((own, place) => {
    const replica = create(own, place);
    const secrets = createWebhookSecrets({ sql: own.sql, configured });
    const inbox = createInboxWriter({ sql: own.sql, clock });
    return { replica, deps: { inbox, secrets, clock } };
  });
  let received = 0;
  receive = async (request) => {
    const chosen = replicas[received % replicas.length];
    received += 1;
    if (chosen === undefined) throw new Error("There is always one");
    const response = await receiveWebhook(request, chosen.deps);
    chosen.replica.wake();
    return response;
  };
  const stop = new AbortController();
  const services = replicas.map(({ replica }) => replica);
  const running = Promise.all(services.map((replica) => replica.run(stop.signal)));
  const [service = create(store, 0)] = services;
  const settle = async (): Promise<void> => {
    await sandbox.webhooks.settled();
    for (;;) {
      const { waiting } = await readBacklog(sql);
      const [held] = await sql.all("SELECT count(*) AS count FROM inbox_key");
      const isQueued = (await readQueuedRun(sql)) !== undefined;
      const isBusy = waiting > 0 || Number(held?.["count"]) > 0 || isQueued;
      if (!isBusy && runs.started > 0 && runs.ended === runs.started) return;
      await systemClock.sleep(10);
    }
  };
  await settle();
  return {
    sandbox,
    store,
    service,
    replicas: services,
    countReceived: () => received,
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

function connectBoth(
  sandbox: Sandbox,
  clock: Clock,
): Pick<SyncServiceOptions, "pagerDuty" | "port"> {
  return {
    pagerDuty: connectSandboxPagerDuty(sandbox, { clock }),
    port: connectSandboxPort(sandbox, { clock }),
  };
}
