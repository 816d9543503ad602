/** `bun run bench webhook bringing memory`: events all the way to Port. */
import { join } from "node:path";
import { type Sandbox, startSandbox } from "@pagerport/cli/sandbox";
import { type BenchSize, formatNumber, type Table } from "./bench-table.ts";
import { postFromProcess, quantile } from "./bench-webhook-load.ts";
import {
  endServer,
  environmentOf,
  findFreeUrl,
  readCpu,
  readMemory,
  secret,
  type Server,
  startServe,
  untilIdle,
} from "./bench-webhook-servers.ts";

/** What a backlog is about: incidents, and their services. */
const account = { incidents: 2000, services: 40 } as const;
/** Connections that events come over. */
const connections = 32;

/**
 * Single events, one after another; events of a backlog; events that memory is read over, and after how
 * many it is, once they are in Port.
 */
const sizes = {
  whole: { singles: 200, backlog: 10_000, memory: { events: 200_000, step: 20_000 } },
  page: { singles: 100, backlog: 10_000, memory: { events: 60_000, step: 10_000 } },
  quick: { singles: 2, backlog: 100, memory: { events: 200, step: 100 } },
} as const satisfies Record<BenchSize, unknown>;

/** How long one event takes to Port, and how fast many are brought there, with both stores. */
export async function* benchBringing(
  folder: string,
  databaseUrl: string,
  size: BenchSize,
): AsyncGenerator<Table> {
  const { singles, backlog } = sizes[size];
  const stores: readonly (readonly [string, Record<string, string>])[] = [
    ["SQLite", { PAGERPORT_STATE_DIR: join(folder, "bringing") }],
    ["PostgreSQL", { PAGERPORT_DATABASE_URL: databaseUrl }],
  ];
  const single: string[][] = [];
  const many: string[][] = [];
  for (const [name, store] of stores) {
    await using sandbox = await startSandbox({ ...account, years: 0.05 });
    const server = await startBoth(sandbox, folder, store);
    try {
      await untilIdle(server.url);
      const took: number[] = [];
      for (let count = 0; count < singles; count += 1) took.push(await measureOne(sandbox));
      took.sort((one, other) => one - other);
      single.push([name, ...[0.5, 0.99].map((share) => formatNumber(quantile(took, share)))]);
      many.push([name, ...(await measureBacklog(server, sandbox, backlog))]);
    } finally {
      await endServer(server);
    }
  }
  yield {
    title: `A single event, from PagerDuty to the write in Port, ${singles} times`,
    columns: ["store", "p50 ms", "p99 ms"],
    rows: single,
  };
  yield {
    title: `A backlog of ${formatNumber(backlog)} events about ${formatNumber(account.incidents)} incidents, to the last one in Port`,
    columns: ["store", "events a second", "requests to PagerDuty and Port", "CPU each µs"],
    rows: many,
  };
}

/** Events a second, requests and microseconds of CPU for an event. */
async function measureBacklog(
  server: Server,
  sandbox: Sandbox,
  events: number,
): Promise<readonly string[]> {
  let requests = 0;
  const stop = sandbox.onRequest(() => {
    requests += 1;
  });
  const cpuBefore = readCpu(server);
  const startedAt = performance.now();
  await post(server, sandbox, events);
  await untilIdle(server.url);
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = (readCpu(server) - cpuBefore) / events;
  stop();
  return [events / seconds, requests, cpu].map((value) => formatNumber(value));
}

/** The memory of a server that brings many events to Port. */
export async function* benchMemory(folder: string, size: BenchSize): AsyncGenerator<Table> {
  const { events, step } = sizes[size].memory;
  const rows: string[][] = [];
  {
    await using sandbox = await startSandbox({ ...account, years: 0.05 });
    const store = { PAGERPORT_STATE_DIR: join(folder, "memory") };
    const server = await startBoth(sandbox, folder, store);
    try {
      await untilIdle(server.url);
      rows.push(["0", "", formatNumber(readMemory(server)), "", ""]);
      for (let done = step; done <= events; done += step) {
        const { perSecond, wrong } = await post(server, sandbox, step);
        const most = readMemory(server);
        await untilIdle(server.url);
        const figures = [done, most, readMemory(server), perSecond, wrong];
        rows.push(figures.map((value) => formatNumber(value)));
      }
    } finally {
      await endServer(server);
    }
  }
  yield {
    title: "Memory of the server, with SQLite",
    columns: [
      "events so far",
      "MB when the last is taken",
      "MB once all are in Port",
      "taken a second",
      "not taken",
    ],
    rows,
  };
}

async function startBoth(
  sandbox: Sandbox,
  folder: string,
  store: Readonly<Record<string, string>>,
): Promise<Server> {
  const url = await findFreeUrl();
  const { secrets } = sandbox.webhooks.subscribe({ url: `${url}/webhook` });
  const signed = { PD_WEBHOOK_SECRET: [secret, ...secrets].join(",") };
  return startServe({ ...environmentOf(sandbox), ...store, ...signed }, folder, url);
}

function post(
  { url }: Server,
  { pagerduty }: Sandbox,
  events: number,
): ReturnType<typeof postFromProcess> {
  const incidentIds = Array.from(pagerduty.allIncidents(), ({ id }) => id);
  const serviceIds = Array.from(pagerduty.allServices(), ({ id }) => id);
  return postFromProcess({ url, secret, events, connections, incidentIds, serviceIds });
}

/** Milliseconds from a new incident to the request that writes it. */
async function measureOne(sandbox: Sandbox): Promise<number> {
  const [service] = sandbox.pagerduty.allServices();
  const written = Promise.withResolvers<number>();
  const stop = sandbox.onRequest(({ side, method, path }) => {
    if (side === "port" && method === "POST" && path.includes("/entities")) {
      written.resolve(performance.now());
    }
  });
  const startedAt = performance.now();
  sandbox.pagerduty.createIncident({ serviceId: service?.id ?? "" });
  const at = await written.promise;
  stop();
  // The service's own event, and the rest of this one.
  await Bun.sleep(100);
  return at - startedAt;
}
