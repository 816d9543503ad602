/** `bun run bench webhook taking`: how fast webhooks are acknowledged. */
import { join } from "node:path";
import { startSandbox } from "@pagerport/cli/sandbox";
import { type Load, postFromProcess } from "./bench-webhook-load.ts";
import {
  endServer,
  environmentOf,
  readCpu,
  secret,
  type Server,
  startBare,
  startServe,
} from "./bench-webhook-servers.ts";

/** Connections, and how many events they post in all. */
const loads = [
  { connections: 1, events: 2000 },
  { connections: 32, events: 10_000 },
  { connections: 256, events: 20_000 },
] as const;
/** Posted before anything is measured. */
const warmUp = 2000;
/** The quickest of these counts, as other processes disturb. */
const rounds = 4;

interface Measured extends Load {
  /** Microseconds that the server was busy for each. */
  readonly cpu: number;
}

/** Port refuses the credentials, so that events are taken and nothing else is done. */
export async function benchTaking(folder: string, databaseUrl: string): Promise<void> {
  await using sandbox = await startSandbox({ services: 1, incidents: 0 });
  const away = { ...environmentOf(sandbox), PORT_CLIENT_SECRET: "wrong" };
  const sqlite = { ...away, PAGERPORT_STATE_DIR: join(folder, "taking") };
  const postgres = { ...away, PAGERPORT_DATABASE_URL: databaseUrl };
  const servers: readonly (readonly [string, () => Promise<Server>])[] = [
    ["bare Hono route", startBare],
    ["serve, SQLite", () => startServe(sqlite, folder)],
    ["serve, PostgreSQL", () => startServe(postgres, folder)],
  ];
  process.stdout.write(
    "webhooks           connections  a second  p50 ms  p99 ms  of bare  CPU each   CPU of bare  poster busy\n",
  );
  for (const { connections, events } of loads) {
    const best = new Map<string, Measured>();
    // In turn, so that what disturbs one disturbs the others.
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, start] of servers) {
        const now = await measure(start, events, connections);
        const known = best.get(name) ?? now;
        const quicker = now.perSecond > known.perSecond ? now : known;
        best.set(name, { ...quicker, cpu: Math.min(now.cpu, known.cpu) });
      }
    }
    const [bare] = best.values();
    for (const [name, measured] of best) printRow(name, connections, measured, bare ?? measured);
  }
  process.stdout.write("aim: at 256 connections, with SQLite, at least 50 % of the bare route\n\n");
}

function printRow(name: string, connections: number, measured: Measured, bare: Measured): void {
  const { perSecond, p50, p99, cpu, busy, wrong } = measured;
  const cells = [
    name.padEnd(17),
    String(connections).padStart(12),
    Math.round(perSecond).toLocaleString("en").padStart(9),
    p50.toFixed(1).padStart(7),
    p99.toFixed(1).padStart(7),
    percent(perSecond / bare.perSecond).padStart(8),
    `${cpu.toFixed(0)} µs`.padStart(9),
    percent(cpu / bare.cpu).padStart(13),
    percent(busy).padStart(12),
    wrong > 0 ? ` (${wrong} not taken)` : "",
  ];
  process.stdout.write(`${cells.join(" ").trimEnd()}\n`);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

async function measure(
  start: () => Promise<Server>,
  events: number,
  connections: number,
): Promise<Measured> {
  const server = await start();
  try {
    const { url } = server;
    await postFromProcess({ url, secret, connections, events: warmUp });
    const before = readCpu(server);
    const load = await postFromProcess({ url, secret, connections, events });
    return { ...load, cpu: (readCpu(server) - before) / events };
  } finally {
    await endServer(server);
  }
}
