import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import {
  createInboxWriter,
  createSyncService,
  createWebhookSecrets,
  type Clock,
  type JsonObject,
  parseMapping,
  readBacklog,
  readDefaultFile,
  receiveWebhook,
  type ServiceEvent,
  type Store,
  type SyncService,
  type SyncServiceOptions,
} from "@pagerport/core";
import { readRunHolder } from "../../packages/core/src/store/runs.ts";
import {
  connectSandboxPagerDuty,
  connectSandboxPort,
  integrationIdentifier,
} from "./connect-sandbox.ts";
import { readQueuedRun } from "../../packages/core/src/store/queued-run.ts";
import { putBlueprints } from "./blueprints.ts";
import { followSandbox } from "./sandbox-clock.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";

/** Where PagerDuty is told to send webhooks to; nothing listens there, they are passed on. */
export const serverAddress = "http://pagerport.test";

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
  /**
   * Lets time pass at once, where the service goes by the sandbox's time: whoever slept longer than that
   * wakes, and what is due is done once. To be called when nothing goes on, as leases lapse by it.
   */
  pass(milliseconds: number): void;
  /** Resolves when so many runs have ended, and all has settled. */
  settleRuns(count: number): Promise<void>;
}

/** Resolves when it is so, however long that takes. */
export async function waitUntil(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await testClock.sleep(5);
}

/** What a test says of the service. */
export interface ServiceSettingOptions extends Partial<SyncServiceOptions> {
  /** @default our own */
  readonly mapping?: string;
  /** Blueprints in place of those of the default mapping, targets of relations first. */
  readonly blueprints?: readonly JsonObject[];
  /** More stores on the same database, for a replica each. */
  readonly others?: readonly Store[];
  /** Whether service and store go by the sandbox's time, which can be advanced. @default false */
  readonly isTimed?: boolean;
  /** Whether PagerDuty tells of what happens from the start. @default true */
  readonly isSubscribed?: boolean;
  /** What hangs on the sandbox and is to be different, in each replica: clients, how the mapping is read. */
  readonly connect?: (
    sandbox: Sandbox,
  ) => Partial<SyncServiceOptions> | Promise<Partial<SyncServiceOptions>>;
}

/** Starts a sandbox and a service that follows it, resynced once. */
export async function startServiceSetting(
  options: SandboxOptions = {},
  given: ServiceSettingOptions = {},
): Promise<ServiceSetting> {
  const {
    mapping = readDefaultFile("mapping.yaml"),
    blueprints,
    others = [],
    isTimed = false,
    isSubscribed = true,
    connect = () => Promise.resolve({}),
    listener = { type: "POLLING", interval: 60, resyncOnStart: true },
    ...rest
  } = given;
  let shift = 0;
  const store = rest.store ?? (await openTestStore({ shiftClock: () => shift }));
  const events: ServiceEvent[] = [];
  // Apart from the events, which tests forget as they please.
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
  const clock = rest.clock ?? (isTimed ? followSandbox(sandbox) : testClock);
  const subscriptions = isSubscribed
    ? [sandbox.webhooks.subscribe({ url: `${serverAddress}/webhook` })]
    : [];
  const configured = subscriptions.flatMap(({ id, secrets }) =>
    secrets.map((value) => ({ name: id, value })),
  );
  const create = async (own: Store, place: number): Promise<SyncService> =>
    createSyncService({
      ...connectBoth(sandbox, clock),
      integrationIdentifier,
      owner: `test ${place}`,
      readMapping: () => parseMapping(mapping),
      createJournal: () => ({ append: () => undefined, flush: () => Promise.resolve() }),
      listener,
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
      ...(await connect(sandbox)),
      clock,
      store: own,
    });
  const { sql } = store;
  const service = await create(store, 0);
  const replicas = [{ own: store, replica: service }];
  for (const own of others) replicas.push({ own, replica: await create(own, replicas.length) });
  const receivers = replicas.map(({ own, replica }) => {
    const secrets = createWebhookSecrets({ sql: own.sql, configured });
    const inbox = createInboxWriter({ sql: own.sql, clock });
    return { replica, deps: { inbox, secrets, clock } };
  });
  let received = 0;
  receive = async (request) => {
    const chosen = receivers[received % receivers.length];
    received += 1;
    if (chosen === undefined) throw new Error("There is always one");
    const response = await receiveWebhook(request, chosen.deps);
    chosen.replica.wake();
    return response;
  };
  const stop = new AbortController();
  const services = replicas.map(({ replica }) => replica);
  const running = Promise.all(services.map((replica) => replica.run(stop.signal)));
  const settle = async (): Promise<void> => {
    await sandbox.webhooks.settled();
    await waitUntil(async () => !(await isBusy()));
  };
  const isBusy = async (): Promise<boolean> => {
    const isAsked = (await readQueuedRun(sql)) !== undefined;
    const isHeld = (await readRunHolder(sql)) !== undefined;
    if (isAsked || isHeld || runs.started > runs.ended) return true;
    if (runs.ended === 0 && listener.type === "POLLING" && listener.resyncOnStart) return true;
    const [held] = await sql.all("SELECT count(*) AS count FROM inbox_key");
    return (await readBacklog(sql)).waiting > 0 || Number(held?.["count"]) > 0;
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
    pass(milliseconds) {
      shift += milliseconds;
      sandbox.clock.advance(milliseconds);
    },
    async settleRuns(count) {
      await waitUntil(() => runs.ended >= count);
      await settle();
    },
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
