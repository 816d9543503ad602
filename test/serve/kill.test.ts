import { expect, test } from "bun:test";
import { loadStoreSettings, readBacklog, type Sql } from "@pagerport/core";
import {
  databaseSorts,
  type TestDatabase,
} from "../../packages/core/src/testing/test-databases.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { putBlueprints } from "../support/blueprints.ts";
import { lapseLeases } from "../support/lapse-leases.ts";
import { serverEnvironment, type ServerProcess, startServer } from "../support/run-server.ts";
import { sendEvents } from "../support/send-events.ts";
import { bySize, isLong } from "../support/size.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const secret = "hush";
/** Events that are acknowledged before a kill, at most; drawn for each: some die before they have done much. */
const mostEvents = 50;
/** Milliseconds after that, at most. */
const longestDelay = 30;
/** Milliseconds of the machine; nothing is awaited so long but where something is broken. */
const timeout = bySize({ short: 120_000, long: 1_800_000 });

/** Nothing but what is changed is mapped: reading and writing it costs next to nothing. */
const mapping = `
resources:
  - kind: incidents
    selector: { query: "true" }
    port:
      entity:
        mappings:
          identifier: .id
          title: .title
          blueprint: '"pagerdutyIncident"'
          properties: { status: .status }
`;

const rounds = {
  SQLite: { replicas: 1, count: bySize({ short: 10, long: 200 }), listener: "WEBHOOKS_ONLY" },
  // Each that starts asks for a resync as well.
  PostgreSQL: { replicas: 2, count: bySize({ short: 4, long: 50 }), listener: "POLLING" },
};

test.each(databaseSorts)(
  "pagerport serve that is killed at any moment loses nothing that it acknowledged, on %s",
  async (sort, createDatabase) => {
    const { replicas, count, listener } = rounds[sort as keyof typeof rounds];
    const random = createRandom(sort.length);
    using folder = new TemporaryFolder();
    await using database = await createDatabase();
    await using sandbox = await startSandbox({
      services: 3,
      incidents: 30,
      schedules: 1,
      users: 2,
    });
    putBlueprints(sandbox);
    await Bun.write(folder.file("mapping.yaml"), mapping);
    const env = {
      ...serverEnvironment(sandbox, secret),
      ...placeOf(database),
      PAGERPORT_EVENT_LISTENER: listener,
    };
    const start = () => startServer({ cwd: folder.path, env, args: ["--mapping", "mapping.yaml"] });
    const { name } = loadStoreSettings({ environment: env }, folder.path);
    const servers: ServerProcess[] = [];
    for (let replica = 0; replica < replicas; replica += 1) servers.push(await start());
    const { sql } = await database.open({ name });

    const sender = sendEvents({ sandbox, secret, connections: 16 });
    sender.targets.push(...servers.map(({ url }) => url));
    const logs = servers.map(({ log }) => log);
    for (let round = 0; round < count; round += 1) {
      const place = round % replicas;
      const killed = servers[place];
      if (killed === undefined) throw new Error("There is no such replica");
      // Every other one has begun to bring events to Port.
      if (round % 4 < 2) await killed.waitFor(/^Event applied/);
      else await sender.acknowledge(random() * mostEvents);
      await Bun.sleep(random() * longestDelay);
      killed.kill("SIGKILL");
      sender.targets.splice(sender.targets.indexOf(killed.url), 1);
      await killed.finished;
      // On SQLite the next one takes over by itself.
      if (sort !== "SQLite") await lapseLeases(sql, killed.pid);
      const next = await start();
      servers[place] = next;
      logs.push(next.log);
      sender.targets.push(next.url);
    }
    await sender.stop();
    await waitUntilDrained(sql);

    const states = await readStates(sql);
    const lost = [...sender.acknowledged].filter((id) => states.get(id) !== "done");
    const { size } = sender.acknowledged;
    const figures = {
      sort,
      rounds: count,
      ...sender.counts,
      acknowledged: size,
      lost: lost.length,
    };
    if (isLong) process.stderr.write(`${JSON.stringify(figures)}\n`);
    expect(lost).toEqual([]);
    for (const { id, title } of sandbox.pagerduty.allIncidents()) {
      const stored = sandbox.port.entity("pagerdutyIncident", id);
      expect([id, stored?.title]).toEqual([id, title]);
    }
    // Nothing was brought to its end by two, and no run began while another went on.
    const ended = logs.flat().flatMap(({ message, event }) => (isEnd(message) ? [event] : []));
    expect(new Set(ended).size).toBe(ended.length);
    const { overlapping, abandoned } = await readRuns(sql);
    expect(overlapping).toEqual([]);
    expect(abandoned).toBeLessThanOrEqual(count);

    for (const server of servers) server.kill("SIGTERM");
    for (const server of servers) expect((await server.finished).code).toBe(0);
  },
  timeout,
);

function placeOf({ place }: TestDatabase): Record<string, string> {
  return "databaseUrl" in place
    ? // What is in no state directory is nowhere else either.
      { PAGERPORT_DATABASE_URL: place.databaseUrl, PAGERPORT_STATE_DIR: "/proc/nowhere" }
    : { PAGERPORT_STATE_DIR: place.stateDir };
}

async function readStates(sql: Sql): Promise<Map<unknown, unknown>> {
  const rows = await sql.all("SELECT id, state FROM inbox");
  return new Map(rows.map((row) => [row["id"], row["state"]]));
}

/** Runs that began before the one before had ended, and how many died with their process. */
async function readRuns(sql: Sql): Promise<{ overlapping: unknown[]; abandoned: number }> {
  const runs = await sql.all("SELECT started_at, ended_at, outcome FROM run ORDER BY number");
  const overlapping = runs.slice(1).filter((run, place) => {
    const end = runs[place]?.["ended_at"];
    return end === null || Number(end) > Number(run["started_at"]);
  });
  return { overlapping, abandoned: runs.filter(({ outcome }) => outcome === "lost").length };
}

function isEnd(message: string): boolean {
  return message.startsWith("Event applied");
}

async function waitUntilDrained(sql: Sql): Promise<void> {
  while ((await readBacklog(sql)).waiting > 0) await Bun.sleep(20);
}

/** Numbers of 0 to 1, the same for the same seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
