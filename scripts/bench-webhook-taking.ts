/** `bun run bench webhook taking`: how fast webhooks are acknowledged. */
import { join } from "node:path";
import { startSandbox } from "@pagerport/cli/sandbox";
import {
  type BenchSize,
  createRatioTable,
  formatNumber,
  formatShare,
  type Table,
} from "./bench-table.ts";
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

/** Connections, and how many events they post in all, to each server in each round. */
const loads = [
  { connections: 1, events: 2000 },
  { connections: 32, events: 10_000 },
  { connections: 256, events: 20_000 },
] as const;

/** Posted before anything is measured; rounds, of which the quickest counts, as other processes disturb. */
const sizes = {
  whole: { loads, warmUp: 2000, rounds: 4 },
  page: { loads, warmUp: 2000, rounds: 2 },
  quick: { loads: [{ connections: 8, events: 100 }], warmUp: 20, rounds: 1 },
} as const satisfies Record<BenchSize, unknown>;

interface Figures extends Load {
  /** Microseconds that the server was busy for each. */
  readonly cpu: number;
}

interface Measured extends Figures {
  readonly name: string;
  readonly connections: number;
  /** The bare route under the same load. */
  readonly bare: Pick<Figures, "perSecond" | "cpu">;
}

/** Port refuses the credentials, so that events are taken and nothing else is done. */
export async function* benchTaking(
  folder: string,
  databaseUrl: string,
  size: BenchSize,
): AsyncGenerator<Table> {
  const results: Measured[] = [];
  {
    await using sandbox = await startSandbox({ services: 1, incidents: 0 });
    const away = { ...environmentOf(sandbox), PORT_CLIENT_SECRET: "wrong" };
    const sqlite = { ...away, PAGERPORT_STATE_DIR: join(folder, "taking") };
    const postgres = { ...away, PAGERPORT_DATABASE_URL: databaseUrl };
    const servers: readonly (readonly [string, () => Promise<Server>])[] = [
      ["bare Hono route", startBare],
      ["serve, SQLite", () => startServe(sqlite, folder)],
      ["serve, PostgreSQL", () => startServe(postgres, folder)],
    ];
    for (const load of sizes[size].loads) results.push(...(await measureLoad(servers, load, size)));
  }
  yield describeTaking(results);
  const most = Math.max(...results.map(({ connections }) => connections));
  yield createRatioTable(
    results
      .filter(({ name, connections }) => name.startsWith("serve") && connections === most)
      .map(({ name, connections, perSecond, bare }) => ({
        what: `webhooks a second at ${connections} connections: ${name} to the bare route`,
        value: formatShare(perSecond / bare.perSecond),
        aim: name.endsWith("SQLite") ? "at least 50 %" : "",
      })),
  );
}

function describeTaking(results: readonly Measured[]): Table {
  return {
    title: "Webhooks acknowledged",
    columns: [
      "server",
      "connections",
      "a second",
      "p50 ms",
      "p99 ms",
      "of bare",
      "CPU each µs",
      "CPU of bare",
      "poster busy",
      "not taken",
    ],
    rows: results.map(({ name, connections, perSecond, p50, p99, cpu, busy, wrong, bare }) => [
      name,
      String(connections),
      formatNumber(perSecond),
      formatNumber(p50, 1),
      formatNumber(p99, 1),
      formatShare(perSecond / bare.perSecond),
      formatNumber(cpu),
      formatShare(cpu / bare.cpu),
      formatShare(busy),
      formatNumber(wrong),
    ]),
  };
}

/** @param servers the bare one first */
async function measureLoad(
  servers: readonly (readonly [string, () => Promise<Server>])[],
  { connections, events }: { readonly connections: number; readonly events: number },
  size: BenchSize,
): Promise<Measured[]> {
  const { rounds, warmUp } = sizes[size];
  const best = new Map<string, Figures>();
  // In turn, so that what disturbs one disturbs the others.
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, start] of servers) {
      const now = await measure(start, events, connections, warmUp);
      const known = best.get(name) ?? now;
      const quicker = now.perSecond > known.perSecond ? now : known;
      best.set(name, { ...quicker, cpu: Math.min(now.cpu, known.cpu) });
    }
  }
  const [bare = { perSecond: Number.NaN, cpu: Number.NaN }] = best.values();
  return Array.from(best, ([name, figures]) => ({ name, connections, bare, ...figures }));
}

async function measure(
  start: () => Promise<Server>,
  events: number,
  connections: number,
  warmUp: number,
): Promise<Figures> {
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
