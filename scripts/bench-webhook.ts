/**
 * `bun run bench webhook`: how fast `pagerport serve` takes webhooks, with SQLite (synchronous=FULL) and
 * PostgreSQL (fsync), beside a bare Hono route that only verifies the signature; how long a single event
 * takes from PagerDuty to Port; and how fast a backlog is brought there. Whole processes, over HTTP.
 */
import { createServer } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Sandbox, startSandbox } from "@pagerport/cli/sandbox";
import { createRequests, type Load, postAll, quantile } from "./bench-webhook-load.ts";

const main = join(import.meta.dir, "../packages/cli/src/main.ts");
const secret = "bench";

/** Connections, and how many events they post in all. */
const loads = [
  { connections: 1, events: 2000 },
  { connections: 32, events: 10_000 },
  { connections: 256, events: 20_000 },
] as const;
/** The quickest of these counts, as other processes disturb. */
const rounds = 3;
/** Single events, one after another. */
const singles = 200;
/** Events of a backlog, and incidents that they are about. */
const backlog = { events: 10_000, incidents: 2000 } as const;

type Server = { readonly url: string; readonly process: Bun.Subprocess };

/** Measures, and prints a table and a few lines. */
export async function runBench(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "pagerport-bench-"));
  const postgres = await startPostgres();
  try {
    await benchAcceptance(folder, postgres.url);
    await benchEndToEnd(folder);
  } finally {
    postgres.process.kill();
    rmSync(folder, { recursive: true });
  }
}

/** Port refuses the credentials, so that events are taken and nothing else is done. */
async function benchAcceptance(folder: string, databaseUrl: string): Promise<void> {
  await using sandbox = await startSandbox({ services: 1, incidents: 0 });
  const away = { ...environmentOf(sandbox), PORT_CLIENT_SECRET: "wrong" };
  const servers: readonly (readonly [string, () => Promise<Server>])[] = [
    ["bare Hono route", startBare],
    [
      "serve, SQLite",
      () => startServe({ ...away, PAGERPORT_STATE_DIR: join(folder, "a") }, folder),
    ],
    [
      "serve, PostgreSQL",
      () => startServe({ ...away, PAGERPORT_DATABASE_URL: databaseUrl }, folder),
    ],
  ];
  process.stdout.write("webhooks             connections   a second   p50 ms   p99 ms   of bare\n");
  const bare = new Map<number, number>();
  for (const { connections, events } of loads) {
    const best = new Map<string, Load>();
    // In turn, so that what disturbs one disturbs the others.
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, start] of servers) {
        const load = await measure(start, events, connections);
        const known = best.get(name);
        if (known === undefined || load.perSecond > known.perSecond) best.set(name, load);
      }
    }
    for (const [name, load] of best) {
      if (name === servers[0]?.[0]) bare.set(connections, load.perSecond);
      const share = load.perSecond / (bare.get(connections) ?? load.perSecond);
      const cells = [
        name.padEnd(20),
        String(connections).padStart(11),
        Math.round(load.perSecond).toLocaleString("en").padStart(10),
        load.p50.toFixed(1).padStart(8),
        load.p99.toFixed(1).padStart(8),
        `${Math.round(share * 100)} %`.padStart(9),
        load.wrong > 0 ? ` (${load.wrong} not taken)` : "",
      ];
      process.stdout.write(`${cells.join(" ").trimEnd()}\n`);
    }
  }
  process.stdout.write("aim: at 256 connections, with SQLite, at least 50 % of the bare route\n\n");
}

async function measure(
  start: () => Promise<Server>,
  events: number,
  connections: number,
): Promise<Load> {
  const server = await start();
  try {
    await postAll(server.url, createRequests(1000, { secret }), connections);
    return await postAll(server.url, createRequests(events, { secret }), connections);
  } finally {
    server.process.kill();
    await server.process.exited;
  }
}

/** The sandbox is in this process, the server in one of its own. */
async function benchEndToEnd(folder: string): Promise<void> {
  await using sandbox = await startSandbox({
    services: 40,
    incidents: backlog.incidents,
    years: 0.05,
  });
  const place = { PAGERPORT_STATE_DIR: join(folder, "b") };
  const url = `http://127.0.0.1:${await findFreePort()}`;
  const { secrets } = sandbox.webhooks.subscribe({ url: `${url}/webhook` });
  const signed = { PD_WEBHOOK_SECRET: [secret, ...secrets].join(",") };
  const environment = { ...environmentOf(sandbox), ...place, ...signed };
  const server = await startServe(environment, folder, url);
  try {
    await untilIdle(url);
    const took: number[] = [];
    for (let count = 0; count < singles; count += 1) took.push(await measureOne(sandbox));
    took.sort((one, other) => one - other);
    const [p50, p99] = [quantile(took, 0.5), quantile(took, 0.99)];
    process.stdout.write(
      `a single event, from PagerDuty to the write in Port: p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms\n`,
    );
    const incidentIds = Array.from(sandbox.pagerduty.allIncidents(), ({ id }) => id);
    const startedAt = performance.now();
    const requests = createRequests(backlog.events, { secret, incidentIds });
    await postAll(server.url, requests, 32);
    await untilIdle(server.url);
    const seconds = (performance.now() - startedAt) / 1000;
    process.stdout.write(
      `${backlog.events.toLocaleString("en")} events about ${backlog.incidents.toLocaleString("en")} incidents, to the last one in Port: ${Math.round(backlog.events / seconds).toLocaleString("en")} a second\n`,
    );
  } finally {
    server.process.kill();
    await server.process.exited;
  }
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

function environmentOf(sandbox: Sandbox): Record<string, string> {
  return {
    PD_TOKEN: sandbox.token,
    PD_API_URL: sandbox.pagerDutyUrl,
    PORT_BASE_URL: sandbox.portUrl,
    PORT_CLIENT_ID: sandbox.portClientId,
    PORT_CLIENT_SECRET: sandbox.portClientSecret,
    PD_WEBHOOK_SECRET: secret,
    PAGERPORT_REQUESTS_PER_MINUTE: "0",
  };
}

async function startServe(
  environment: Record<string, string>,
  folder: string,
  given?: string,
): Promise<Server> {
  const url = given ?? `http://127.0.0.1:${await findFreePort()}`;
  const child = Bun.spawn(
    [process.execPath, main, "serve", "--listen", url.slice("http://".length)],
    {
      cwd: folder,
      env: { PATH: process.env["PATH"] ?? "", HOME: folder, ...environment },
      stdout: "inherit",
      stderr: "ignore",
    },
  );
  for (;;) {
    try {
      if ((await fetch(`${url}/health/live`)).ok) return { url, process: child };
    } catch {
      if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}`);
      await Bun.sleep(20);
    }
  }
}

async function startBare(): Promise<Server> {
  return startPrinting([join(import.meta.dir, "bench-webhook-bare.ts"), secret]);
}

/** With its disk as it is in production. */
async function startPostgres(): Promise<Server> {
  const script = join(import.meta.dir, "../packages/core/src/testing/postgres-server.ts");
  const server = await startPrinting([script], { PAGERPORT_TEST_FSYNC: "on" });
  return { ...server, url: `${server.url}/postgres` };
}

/** Starts a script that prints its address. */
async function startPrinting(
  command: readonly string[],
  environment: Record<string, string> = {},
): Promise<Server> {
  const child = Bun.spawn([process.execPath, ...command], {
    env: { ...process.env, ...environment },
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return { url: new TextDecoder().decode(value).trim(), process: child };
}

/** Until no run goes on and no event waits. */
async function untilIdle(url: string): Promise<void> {
  for (let quiet = 0; quiet < 2;) {
    const text = await (await fetch(`${url}/metrics`)).text();
    const isIdle = /^pagerport_inbox_waiting 0$/m.test(text) && text.includes("resyncs_total{");
    quiet = isIdle ? quiet + 1 : 0;
    await Bun.sleep(20);
  }
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === "object" && address !== null) resolve(address.port);
        else reject(new Error("No free port was found"));
      });
    });
  });
}
