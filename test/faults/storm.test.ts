import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import { loadStoreSettings, openStore, readBacklog } from "@pagerport/core";
import { putBlueprints } from "../support/blueprints.ts";
import { integrationIdentifier } from "../support/connect-sandbox.ts";
import { listDrift } from "../support/list-drift.ts";
import { type CliResult, portEnvironment, runCli, startCli } from "../support/run-cli.ts";
import { createFolder, identifiersOf, readOutput } from "../support/run-import.ts";
import { type ServerProcess, startServer } from "../support/run-server.ts";
import { createRandom } from "../support/sample-objects.ts";
import { bySize } from "../support/size.ts";
import { drawBelow } from "./mutate.ts";
import {
  calmDown,
  changeAccount,
  countFaults,
  countRequests,
  createTally,
  drawJumps,
  freeLeases,
  listObjects,
  raiseStorm,
  type Tally,
  until,
} from "./storm.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";

const seeds = bySize({ short: 1, long: 12 });
const incidents = bySize({ short: 50, long: 150 });
/** Storms at a time: they mostly wait. */
const atOnce = 3;
const kills = bySize({ short: 2, long: 4 });
/** Milliseconds of the machine; nothing is awaited so long but where something is broken. */
const timeout = bySize({ short: 90_000, long: 900_000 });

const sums: Record<string, Tally> = {};

afterAll(() => {
  process.stderr.write(`${JSON.stringify({ seeds, ...sums })}\n`);
});

/** Lives through as many storms as there are seeds, and adds up what they did. */
async function stormThrough(
  name: string,
  live: (seed: number, tally: Tally) => Promise<void>,
): Promise<void> {
  const tally = createTally();
  sums[name] = tally;
  let next = 1;
  const work = async (): Promise<void> => {
    while (next <= seeds) await live(next++, tally);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

const day = 86_400_000;
/** What was written just now is not deleted, as others may have written it; milliseconds. */
const longerThanRecent = 60_000;

/** An account of the last days, whose Port has blueprints. */
async function startAccount(seed: number, options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({
    seed,
    services: 8,
    users: 6,
    schedules: 3,
    from: new Date(testClock.now() - 10 * day),
    record: "count",
    // Means that PagerDuty computes of incidents some time after they end are no matter of ours.
    analyticsLagSeconds: 86_400,
    ...options,
  });
  putBlueprints(sandbox);
  return sandbox;
}

function readEnvironment(sandbox: Sandbox, folder: string): Record<string, string> {
  return {
    PAGERPORT_STATE_DIR: join(folder, "state"),
    ...portEnvironment(sandbox),
    PAGERPORT_INTEGRATION_IDENTIFIER: integrationIdentifier,
    PAGERPORT_SEND_RAW_DATA_EXAMPLES: "false",
  };
}

const jumping = [process.execPath, "--preload", join(import.meta.dir, "jump-dates.ts")];

/** Runs a command that is killed now and then, until it ends by itself. */
async function runThroughKills(
  args: readonly string[],
  { sandbox, folder, seed, tally }: Storm,
  onKill: (pid: number) => Promise<void> = () => Promise.resolve(),
): Promise<CliResult> {
  const random = createRandom(seed);
  const env = readEnvironment(sandbox, folder);
  for (let kill = 0; kill < kills; kill += 1) {
    const jumps = drawJumps(random);
    tally.jumps += jumps.length;
    const child = startCli(args, {
      cwd: folder,
      env: { ...env, STORM_JUMPS: JSON.stringify(jumps) },
      runtime: jumping,
    });
    // By progress, not by time: a slow machine is killed at the same places.
    const aim = countRequests(sandbox) + 1 + drawBelow(random, 30);
    let hasEnded = false;
    const ended = child.finished.finally(() => {
      hasEnded = true;
    });
    await until(() => hasEnded || countRequests(sandbox) >= aim);
    child.kill("SIGKILL");
    if ((await ended).code === 0) continue;
    tally.kills += 1;
    await onKill(child.pid);
  }
  return runCli(args, { cwd: folder, env });
}

interface Storm {
  readonly sandbox: Sandbox;
  readonly folder: string;
  readonly seed: number;
  readonly tally: Tally;
}

test.concurrent(
  "import in a storm brings every object, to the webhook's URL and to the catalog",
  () =>
    stormThrough("import", async (seed, tally) => {
      await using sandbox = await startAccount(seed, { incidents });
      using folder = createFolder();
      raiseStorm(sandbox);
      const storm = { sandbox, folder: folder.path, seed, tally };
      expect(await runThroughKills(["import"], storm)).toMatchObject({ code: 0 });
      const toPort = await runThroughKills(["import", "--to", "port"], storm);
      expect(toPort).toMatchObject({ code: 0 });
      tally.faults += countFaults(sandbox);

      const { pagerduty } = sandbox;
      const serviceIds = [...pagerduty.allServices()].map(({ id }) => id).toSorted();
      const incidentIds = [...pagerduty.allIncidents()].map(({ id }) => id).toSorted();
      const all = [...serviceIds, ...incidentIds].toSorted();
      tally.inputs += 2 * all.length;
      expect(identifiersOf(readOutput(folder.path)).toSorted()).toEqual(all);
      expect(all.filter((id) => sandbox.ingest.received.count(id) === 0)).toEqual([]);
      const inPort = (blueprint: string): string[] =>
        sandbox.port.entities(blueprint).map(({ identifier }) => identifier);
      expect(inPort("pagerdutyService").toSorted()).toEqual(serviceIds);
      expect(inPort("pagerdutyIncident").toSorted()).toEqual(incidentIds);
    }),
  timeout,
);

test.concurrent(
  "sync in a storm, while the account changes, deletes nothing that is there; a calm one mends the rest",
  () =>
    stormThrough("sync", async (seed, tally) => {
      await using sandbox = await startAccount(seed, { incidents });
      using folder = createFolder();
      const env = readEnvironment(sandbox, folder.path);
      const random = createRandom(seed);
      const created: string[] = [];
      const wronglyDeleted: string[] = [];
      let before = new Set<string>();
      const look = (): void => {
        const inPort = new Set(sandbox.port.entities().map(({ identifier }) => identifier));
        const isWrong = (id: string): boolean => before.has(id) && !inPort.has(id);
        wronglyDeleted.push(...listObjects(sandbox).filter(isWrong));
        before = inPort;
      };
      raiseStorm(sandbox);
      const settleDown = sandbox.onRequest(({ number }) => {
        if (number % 7 !== 0) return;
        changeAccount(sandbox, random, created);
        look();
      });
      const storm = { sandbox, folder: folder.path, seed, tally };
      const { code } = await runThroughKills(["sync"], storm, (pid) => {
        tally.jumps += 1;
        sandbox.clock.advance(drawBelow(random, 2 * 3_600_000));
        return freeLeases(env, folder.path, pid);
      });
      // What changes all the time is not always read whole.
      expect(String(code)).toMatch(/^[03]$/);
      look();
      tally.faults += countFaults(sandbox);

      calmDown(sandbox);
      settleDown();
      changeAccount(sandbox, random, created);
      sandbox.clock.advance(longerThanRecent);
      const calm = await runCli(["sync"], { cwd: folder.path, env });
      expect([calm.code, calm.stderr]).toEqual([0, calm.stderr]);
      look();
      tally.inputs += sandbox.port.entityCount;
      expect(wronglyDeleted).toEqual([]);
      expect(await listDrift(sandbox)).toEqual([]);
    }),
  timeout,
);

const secret = "hush";

/** Sends webhooks to whichever server runs at the moment, and notes which events it acknowledged. */
class Relay {
  server: ServerProcess | undefined;
  readonly acknowledged = new Set<string>();

  readonly send = async (request: Request): Promise<Response> => {
    if (this.server === undefined) throw new Error("No server runs");
    const body = await request.text();
    const { headers } = request;
    const response = await fetch(`${this.server.url}/webhook`, { method: "POST", headers, body });
    if (response.ok) this.acknowledged.add((JSON.parse(body) as Delivered).event.id);
    return response;
  };
}

interface Delivered {
  readonly event: { readonly id: string };
}

/** Much goes on in the time of a kill. */
const changes = 40;

test.concurrent(
  "serve in a storm of events loses none that it acknowledged; a calm resync mends the rest",
  () =>
    stormThrough("serve", async (seed, tally) => {
      const relay = new Relay();
      await using sandbox = await startAccount(seed, {
        incidents: 60,
        webhookFetch: relay.send,
        webhooks: { order: "any", duplicates: 0.2, losses: 0.1, retryMs: [20, 50, 100] },
      });
      using folder = createFolder();
      const [subscribed] = sandbox.webhooks.subscribe({
        url: "http://pagerport.test/webhook",
      }).secrets;
      const env = {
        ...readEnvironment(sandbox, folder.path),
        PD_WEBHOOK_SECRET: `${secret},${subscribed}`,
      };
      const random = createRandom(seed);
      const start = (more: Record<string, string>): Promise<ServerProcess> =>
        startServer({ cwd: folder.path, env: { ...env, ...more }, runtime: jumping });
      raiseStorm(sandbox);
      const created: string[] = [];
      for (let kill = 0; kill < kills; kill += 1) {
        const jumps = drawJumps(random);
        tally.jumps += jumps.length;
        const server = await start({ STORM_JUMPS: JSON.stringify(jumps) });
        relay.server = server;
        const aim = relay.acknowledged.size + 5 + drawBelow(random, changes / 4);
        for (let change = 0; change < changes; change += 1) {
          changeAccount(sandbox, random, created);
          await Bun.sleep(drawBelow(random, 20));
        }
        await until(() => relay.acknowledged.size >= aim);
        server.kill("SIGKILL");
        relay.server = undefined;
        await server.finished;
        tally.kills += 1;
        await freeLeases(env, folder.path, server.pid);
      }
      tally.faults += countFaults(sandbox);

      calmDown(sandbox);
      sandbox.clock.advance(longerThanRecent);
      const last = await start({ PAGERPORT_FULL_RESYNC_INTERVAL: "0" });
      relay.server = last;
      await sandbox.webhooks.finished();
      await last.waitFor(/^Resync ended/);
      await using store = await openStore(loadStoreSettings({ environment: env }, folder.path));
      while ((await readBacklog(store.sql)).waiting > 0) await Bun.sleep(20);
      const rows = await store.sql.all("SELECT id FROM inbox WHERE state = 'done'");
      const done = new Set(rows.map(({ id }) => id));
      const lost = [...relay.acknowledged].filter((id) => !done.has(id));
      tally.inputs += relay.acknowledged.size;
      tally.lost += lost.length;
      last.kill("SIGTERM");
      expect((await last.finished).code).toBe(0);
      expect(lost).toEqual([]);
      expect(await listDrift(sandbox)).toEqual([]);
    }),
  timeout,
);
