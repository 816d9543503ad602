import { expect, test } from "bun:test";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { loadStoreSettings, openStore, readBacklog } from "@pagerport/core";
import {
  databaseSorts,
  type TestDatabase,
} from "../../packages/core/src/testing/test-databases.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { putBlueprints } from "../support/blueprints.ts";
import { countWrites } from "../support/count-writes.ts";
import { lapseLeases } from "../support/lapse-leases.ts";
import { type CliResult, runCli } from "../support/run-cli.ts";
import { serverEnvironment, type ServerProcess, startServer } from "../support/run-server.ts";
import { sendEvents } from "../support/send-events.ts";
import { bySize, isLong } from "../support/size.ts";

const secret = "hush";
/** Milliseconds of the machine; nothing is awaited so long but where something is broken. */
const timeout = bySize({ short: 180_000, long: 1_800_000 });
/** Events that PagerDuty tells of in each second, at most: what a small machine acknowledges may be less. */
const eventsPerSecond = 500;
/** Milliseconds of each part: events while all goes on, and while it is paused. */
const part = bySize({ short: 1500, long: 20_000 });
/** Pauses, each with a kill or a rolling restart. */
const rounds = bySize({ short: 2, long: 8 });

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

function placeOf({ place }: TestDatabase): Record<string, string> {
  return "databaseUrl" in place
    ? { PAGERPORT_DATABASE_URL: place.databaseUrl, PAGERPORT_STATE_DIR: "/proc/nowhere" }
    : { PAGERPORT_STATE_DIR: place.stateDir };
}

function expectDone(result: CliResult): void {
  expect([result.stderr, result.code]).toEqual([result.stderr, 0]);
}

/** Counts entities in which something older was put in the place of something newer: titles are numbered. */
function watchOrder(sandbox: Sandbox): { outOfOrder: number } {
  const { port, pagerduty } = sandbox;
  const found = { outOfOrder: 0 };
  const ids = [...pagerduty.allIncidents()].map(({ id }) => id);
  const latest = new Map<string, number>();
  sandbox.onRequest(({ side, path }) => {
    if (side !== "port" || !path.includes("/entities/bulk?")) return;
    for (const id of ids) {
      const title = port.entity("pagerdutyIncident", id)?.title;
      const number = Number(/^Change (\d+)$/.exec(title ?? "")?.[1] ?? 0);
      if (number < (latest.get(id) ?? 0)) found.outOfOrder += 1;
      latest.set(id, number);
    }
  });
  return found;
}

test.each(databaseSorts)(
  "pause and resume under 500 events a second, kills and restarts lose nothing and write nothing meanwhile, on %s",
  async (sort, createDatabase) => {
    const replicas = sort === "PostgreSQL" ? 2 : 1;
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
      PAGERPORT_EVENT_LISTENER: "POLLING",
    };
    const start = (): Promise<ServerProcess> =>
      startServer({ cwd: folder.path, env, args: ["--mapping", "mapping.yaml"] });
    const run = (...args: readonly string[]): Promise<CliResult> =>
      runCli(args, { cwd: folder.path, env });
    const { name } = loadStoreSettings({ environment: env }, folder.path);
    const servers: ServerProcess[] = [];
    for (let replica = 0; replica < replicas; replica += 1) servers.push(await start());
    const { sql } = await database.open({ name });
    using writes = countWrites(sandbox);
    const order = watchOrder(sandbox);
    const beganAt = testClock.now();
    const sender = sendEvents({ sandbox, secret, connections: 16, perSecond: eventsPerSecond });
    sender.targets.push(...servers.map(({ url }) => url));

    async function replace(place: number, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
      const old = servers[place];
      if (old === undefined) throw new Error("There is no such replica");
      // Of two, the other goes on to take events.
      sender.targets.splice(sender.targets.indexOf(old.url), 1);
      old.kill(signal);
      const { code } = await old.finished;
      if (signal === "SIGTERM") expect(code).toBe(0);
      else await lapseLeases(sql, old.pid);
      const next = await start();
      servers[place] = next;
      sender.targets.push(next.url);
    }

    let whilePaused = 0;
    let received = 0;
    const waits: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await Bun.sleep(part);
      // In every other round a process dies in the very moment in which somebody pauses.
      const pausing = run("pause", "--by", "test", "--json");
      if (round % 2 === 0) await replace(0, "SIGKILL");
      const paused = await pausing;
      expectDone(paused);
      expect(JSON.parse(paused.stdout)).toMatchObject({ pause: { by: "test" }, pending: [] });
      waits.push(Math.round(paused.milliseconds));
      const before = writes.requests.length;
      const acknowledged = sender.acknowledged.size;
      await Bun.sleep(part / 2);
      if (round % 2 === 1) {
        for (let place = 0; place < replicas; place += 1) await replace(place, "SIGTERM");
      }
      await Bun.sleep(part / 2);
      const [server] = servers;
      const ready = await fetch(`${server?.url}/health/ready`);
      expect(ready.status).toBe(200);
      expect(await ready.json()).toMatchObject({
        held: expect.stringContaining("paused by test since"),
        pause: { scope: "all", by: "test" },
      });
      expect(await (await fetch(`${server?.url}/metrics`)).text()).toContain(
        'pagerport_paused{scope="all"} 1',
      );
      const refused = await run("sync", "--mapping", "mapping.yaml");
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain("paused by test since");
      expect(writes.requests.slice(before)).toEqual([]);
      whilePaused += writes.requests.length - before;
      received += sender.acknowledged.size - acknowledged;
      expect(received).toBeGreaterThan(0);
      expectDone(await run("resume", "--by", "test"));
    }
    await sender.stop();
    const seconds = (testClock.now() - beganAt) / 1000;
    while ((await readBacklog(sql)).waiting > 0) await Bun.sleep(20);

    const rows = await sql.all("SELECT id, state FROM inbox");
    const states = new Map(rows.map((row) => [row["id"], row["state"]]));
    const lost = [...sender.acknowledged].filter((id) => states.get(id) !== "done");
    for (const server of servers) server.kill("SIGTERM");
    for (const server of servers) expect((await server.finished).code).toBe(0);
    const figures = {
      sort,
      rounds,
      acknowledged: sender.acknowledged.size,
      perSecond: Math.round(sender.acknowledged.size / seconds),
      acknowledgedWhilePaused: received,
      writesWhilePaused: whilePaused,
      writes: writes.requests.length,
      lost: lost.length,
      ...order,
      msUntilQuiet: waits,
    };
    if (isLong) process.stderr.write(`${JSON.stringify(figures)}\n`);
    expect(lost).toEqual([]);
    expect(order.outOfOrder).toBe(0);
    for (const { id, title } of sandbox.pagerduty.allIncidents()) {
      expect([id, sandbox.port.entity("pagerdutyIncident", id)?.title]).toEqual([id, title]);
    }
  },
  timeout,
);

test(
  "a server that starts while it is paused makes nothing in Port, and begins at the end of the pause",
  async () => {
    using folder = new TemporaryFolder();
    await using sandbox = await startSandbox({ services: 2, incidents: 5 });
    const env = {
      ...serverEnvironment(sandbox, secret),
      PAGERPORT_STATE_DIR: folder.path,
      PAGERPORT_EVENT_LISTENER: "POLLING",
    };
    const run = (...args: readonly string[]): Promise<CliResult> =>
      runCli(args, { cwd: folder.path, env });
    const none = await run("pause");
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringContaining("Cannot open the server's store"),
    ]);
    const store = await openStore(loadStoreSettings({ environment: env }, folder.path));
    await store[Symbol.asyncDispose]();
    expectDone(await run("pause", "--for", "1h", "--reason", "Port migrates", "--by", "ana@desk"));
    using writes = countWrites(sandbox);
    const server = await startServer({ cwd: folder.path, env });
    const told = await server.waitFor(/^Not ready: events are received and kept/);
    expect(told["error"]).toMatch(
      /^Writing to Port is paused by ana@desk since .+, until .+ \(Port migrates\)\. To go on: pagerport resume$/,
    );
    const ready = await fetch(`${server.url}/health/ready`);
    const body = await ready.json();
    expect([ready.status, body]).toMatchObject([
      200,
      { held: expect.stringContaining("paused by ana@desk since"), pause: { by: "ana@desk" } },
    ]);
    // Why is for those who may see the log.
    expect(JSON.stringify(body)).not.toContain("migrates");
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/^pagerport_paused_seconds\{scope="all",ends="time"\} [\d.]+$/m);
    expect(metrics).toContain('pagerport_paused{scope="deletions"} 0');
    await Bun.sleep(3000);
    expect(writes.requests).toEqual([]);
    const resumed = await run("resume", "--by", "bob", "--json");
    expectDone(resumed);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ ended: { by: "ana@desk", scope: "all" } });
    await server.waitFor(/^Resync ended/);
    expect(writes.all).toBeGreaterThan(0);
    // Its own log tells who it was.
    expectDone(await run("pause", "--deletions", "--by", "cem"));
    await server.waitFor(/^Paused by cem: nothing is deleted in Port, nor made a stub/);
    expectDone(await run("resume", "--by", "dan"));
    await server.waitFor(/^The pause has ended, by dan: what is gone is deleted/);
    server.kill("SIGTERM");
    expect((await server.finished).code).toBe(0);
  },
  timeout,
);
