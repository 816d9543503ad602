/** `bun run bench webhook bringing memory`: events all the way to Port. */
import { join } from "node:path";
import { type Sandbox, startSandbox } from "@pagerport/cli/sandbox";
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

/** Single events, one after another. */
const singles = 200;
/** Events of a backlog, the incidents that they are about, and those incidents' services. */
const backlog = { events: 10_000, incidents: 2000, services: 40 } as const;
/** Connections that events come over. */
const connections = 32;
/** Events in all, and after how many the memory is read, once they are in Port. */
const memory = { events: 200_000, step: 20_000 } as const;

/** Prints how long one event takes, and how fast many are brought to Port, with both stores. */
export async function benchBringing(folder: string, databaseUrl: string): Promise<void> {
  const stores: readonly (readonly [string, Record<string, string>])[] = [
    ["SQLite", { PAGERPORT_STATE_DIR: join(folder, "bringing") }],
    ["PostgreSQL", { PAGERPORT_DATABASE_URL: databaseUrl }],
  ];
  for (const [name, store] of stores) {
    await using sandbox = await startSandbox({ ...backlog, years: 0.05 });
    const server = await startBoth(sandbox, folder, store);
    try {
      await untilIdle(server.url);
      const took: number[] = [];
      for (let count = 0; count < singles; count += 1) took.push(await measureOne(sandbox));
      took.sort((one, other) => one - other);
      const [p50, p99] = [quantile(took, 0.5), quantile(took, 0.99)];
      process.stdout.write(
        `${name}: a single event, from PagerDuty to the write in Port: p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms\n`,
      );
      let requests = 0;
      const stop = sandbox.onRequest(() => {
        requests += 1;
      });
      const cpuBefore = readCpu(server);
      const startedAt = performance.now();
      await post(server, sandbox, backlog.events);
      await untilIdle(server.url);
      const seconds = (performance.now() - startedAt) / 1000;
      const cpu = (readCpu(server) - cpuBefore) / backlog.events;
      stop();
      process.stdout.write(
        `${name}: ${formatCount(backlog.events)} events about ${formatCount(backlog.incidents)} incidents, to the last one in Port: ${formatCount(backlog.events / seconds)} a second, ${formatCount(requests)} requests to PagerDuty and Port, ${cpu.toFixed(0)} µs of CPU for an event\n`,
      );
    } finally {
      await endServer(server);
    }
  }
  process.stdout.write("\n");
}

/** Prints the memory of a server that brings many events to Port. */
export async function benchMemory(folder: string): Promise<void> {
  await using sandbox = await startSandbox({ ...backlog, years: 0.05 });
  const server = await startBoth(sandbox, folder, { PAGERPORT_STATE_DIR: join(folder, "memory") });
  try {
    await untilIdle(server.url);
    process.stdout.write(`memory, SQLite: ${readMemory(server).toFixed(0)} MB before any event\n`);
    for (let done = 0; done < memory.events; done += memory.step) {
      const { perSecond, wrong } = await post(server, sandbox, memory.step);
      const most = readMemory(server);
      await untilIdle(server.url);
      process.stdout.write(
        `${formatCount(done + memory.step).padStart(9)} events: ${most.toFixed(0)} MB, ${readMemory(server).toFixed(0)} MB once all are in Port; taken at ${formatCount(perSecond)} a second${wrong > 0 ? ` (${wrong} not taken)` : ""}\n`,
      );
    }
  } finally {
    await endServer(server);
  }
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

function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en");
}
