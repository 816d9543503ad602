import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import {
  type Clock,
  createInboxWriter,
  createShadowService,
  createWebhookSecrets,
  keepShadowSubscription,
  limitToSubscriptions,
  parseMapping,
  readBacklog,
  receiveWebhook,
  type ServiceEvent,
  type ShadowReport,
  type ShadowService,
  type Store,
} from "@pagerport/core";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { connectSandboxPagerDuty, connectSandboxPort } from "./connect-sandbox.ts";
import { serverAddress, waitUntil } from "./run-service.ts";
import { followSandbox } from "./sandbox-clock.ts";

/** How long the shadow's loop rests, milliseconds: by that it is known to have looked at what is due. */
const rest = 1000;
/** Looks at whether events are done with before one that waits for later is let wait. */
const mostLooks = 200;

/** A shadow beside whatever writes to a sandbox's Port, with tokens that can read only. */
export interface ShadowSetting extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly store: Store;
  readonly service: ShadowService;
  /** What the shadow has asked for: method and path, without the query. */
  readonly requests: readonly string[];
  /** What it was in trouble with. */
  readonly troubles: readonly string[];
  /** Reports that were told. */
  readonly reports: readonly ShadowReport[];
  /** Lets time pass at once; resolves when what was due is done. */
  pass(milliseconds: number): Promise<void>;
  /** Ends the shadow. @returns its last report */
  end(): Promise<ShadowReport>;
  /** Ends it and starts it again, with the same store. */
  restart(): Promise<void>;
}

export interface ShadowSettingOptions {
  readonly account: SandboxOptions;
  readonly mapping: string;
  /** The integration that writes. */
  readonly writer: string;
  /** Makes Port and the account ready before the shadow begins. */
  readonly prepare: (sandbox: Sandbox) => Promise<void>;
  readonly store?: (options: { readonly shiftClock: () => number }) => Promise<Store>;
  /** Whether it has a token for webhook subscriptions. @default true */
  readonly isSubscribed?: boolean;
  /** Hours. @default 24 */
  readonly fullResyncInterval?: number;
}

/** Starts one. */
export async function startShadowSetting(options: ShadowSettingOptions): Promise<ShadowSetting> {
  let shift = 0;
  const open = options.store ?? openTestStore;
  const store = await open({ shiftClock: () => shift });
  const { sql } = store;
  let receive: (request: Request) => Promise<Response> = () =>
    Promise.resolve(new Response(null, { status: 503 }));
  const webhookFetch = (request: Request): Promise<Response> => receive(request);
  const sandbox = await startSandbox({ ...options.account, webhookFetch });
  await options.prepare(sandbox);
  const requests: string[] = [];
  const ask = (...[input, init]: Parameters<typeof fetch>): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    requests.push(`${init?.method ?? "GET"} ${url.pathname}`);
    return globalThis.fetch(input, init);
  };
  const recorded = Object.assign(ask, { preconnect: globalThis.fetch.preconnect });
  let rests = 0;
  const followed = followSandbox(sandbox);
  const clock: Clock = {
    now: () => followed.now(),
    sleep(milliseconds, signal) {
      if (milliseconds === rest) rests += 1;
      return followed.sleep(milliseconds, signal);
    },
  };
  const reports: ShadowReport[] = [];
  const troubles: string[] = [];
  const create = (): ShadowService =>
    createShadowService({
      pagerDuty: connectSandboxPagerDuty(sandbox, {
        clock,
        fetch: recorded,
        token: sandbox.readOnlyToken,
      }),
      port: connectSandboxPort(sandbox, {
        clock,
        fetch: recorded,
        clientId: sandbox.portReadOnlyClientId,
      }),
      store,
      clock,
      integrationIdentifier: options.writer,
      owner: "shadow",
      readMapping: () => parseMapping(options.mapping),
      listener: { type: "POLLING", interval: 60, resyncOnStart: true },
      scheduledResyncInterval: 0,
      fullResyncInterval: options.fullResyncInterval ?? 24,
      agedIncidents: "keep",
      onReport: (report) => void reports.push(report),
      onServiceEvent(event: ServiceEvent) {
        if (event.type === "trouble") troubles.push(`${event.what}: ${String(event.error)}`);
      },
    });
  let service = create();
  const secrets = createWebhookSecrets({ sql, configured: [] });
  const inbox = createInboxWriter({ sql, clock });
  receive = async (request) => {
    const response = await receiveWebhook(request, { inbox, secrets, clock });
    service.wake();
    return response;
  };
  let stop = new AbortController();
  const subscribe = (signal: AbortSignal): Promise<void> =>
    keepShadowSubscription({
      api: limitToSubscriptions(
        connectSandboxPagerDuty(sandbox, { clock, fetch: recorded, token: sandbox.token }),
      ),
      sql,
      clock,
      owner: "shadow",
      url: `${serverAddress}/webhook`,
      signal,
      onNotice: () => undefined,
      onTrouble: (message) => void troubles.push(message),
    });
  const run = ({ signal }: AbortController): Promise<unknown> =>
    Promise.all([
      service.run(signal),
      options.isSubscribed === false ? undefined : subscribe(signal),
    ]);
  let running = run(stop);
  const isBusy = async (): Promise<boolean> => {
    const [held] = await sql.all("SELECT count(*) AS count FROM inbox_key");
    return (await readBacklog(sql)).waiting > 0 || Number(held?.["count"]) > 0;
  };
  const settle = async (): Promise<void> => {
    await sandbox.webhooks.settled();
    for (let look = 0; look < mostLooks && (await isBusy()); look++) await testClock.sleep(5);
  };
  const end = async (): Promise<ShadowReport> => {
    await settle();
    stop.abort();
    await running;
    const last = reports.at(-1);
    if (last === undefined) throw new Error("The shadow ended without a report");
    return last;
  };
  await waitUntil(() => rests > 0);
  return {
    sandbox,
    store,
    get service() {
      return service;
    },
    requests,
    troubles,
    reports,
    async pass(milliseconds) {
      await settle();
      const before = rests;
      shift += milliseconds;
      sandbox.clock.advance(milliseconds);
      await waitUntil(() => rests > before);
      await settle();
    },
    end,
    async restart() {
      await end();
      service = create();
      stop = new AbortController();
      const before = rests;
      running = run(stop);
      await waitUntil(() => rests > before);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running.catch(() => undefined);
      await sandbox[Symbol.asyncDispose]();
      if (options.store === undefined) await store[Symbol.asyncDispose]();
    },
  };
}
