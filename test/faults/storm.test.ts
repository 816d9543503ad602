import { afterAll, expect, test } from "bun:test";
import type { Sandbox, SandboxOptions } from "@pagerport/cli/sandbox";
import { loadStoreSettings, openStore, readBacklog } from "@pagerport/core";
import { putBlueprints } from "../support/blueprints.ts";
import { thawProcess } from "../support/freeze-process.ts";
import { listDrift } from "../support/list-drift.ts";
import { runHere } from "../support/run-here.ts";
import { createFolder, identifiersOf, readOutput } from "../support/run-import.ts";
import { type ServerProcess, startServer } from "../support/run-server.ts";
import { createRandom } from "../support/sample-objects.ts";
import { bySize } from "../support/size.ts";
import { type Attacker, type AttackerOptions, createAttacker } from "./deletion-attacks.ts";
import { drawBelow } from "./mutate.ts";
import {
  drawMapping,
  jumping,
  readEnvironment,
  Relay,
  runThroughKills,
  type Storm,
} from "./storm-processes.ts";
import {
  ageEvents,
  calmDown,
  changeAccount,
  type Changing,
  countFaults,
  createTally,
  drawChanging,
  drawJumps,
  freeLeases,
  letStrangersIn,
  listLargeLosses,
  raiseStorm,
  standStill,
  type Tally,
  until,
} from "./storm.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { type DeletionWatch, watchDeletions } from "./watch-deletions.ts";

const seeds = bySize({ short: 1, long: 12 });
const incidents = bySize({ short: 50, long: 150 });
/** Storms at a time: they mostly wait. */
const atOnce = 3;
const kills = bySize({ short: 2, long: 4 });
/** Runs in a storm that come to their end. */
const wholeRuns = bySize({ short: 3, long: 6 });
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
/** After so long, what answers 404 for the second time is gone; milliseconds. */
const betweenRuns = 45 * 60_000;

/** An account of the last days, whose Port has blueprints. */
async function startAccount(seed: number, options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({
    seed,
    services: 8,
    users: 6,
    schedules: 6,
    from: new Date(testClock.now() - 10 * day),
    record: "count",
    // Means that PagerDuty computes of incidents some time after they end are no matter of ours.
    analyticsLagSeconds: 86_400,
    ...options,
  });
  putBlueprints(sandbox);
  return sandbox;
}

test.concurrent(
  "import in a storm brings every object, to the webhook's URL and to the catalog",
  () =>
    stormThrough("import", async (seed, tally) => {
      await using sandbox = await startAccount(seed, { incidents });
      using folder = createFolder();
      raiseStorm(sandbox);
      const storm = { sandbox, folder: folder.path, seed, tally };
      expect(await runThroughKills(["import"], storm, { kills })).toMatchObject({ code: 0 });
      const toPort = await runThroughKills(["import", "--to", "port"], storm, { kills });
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

/** A storm in which the account changes, and PagerDuty does not always show what there is. */
interface DeletionStorm extends Storm {
  readonly watch: DeletionWatch;
  readonly changing: Changing;
  readonly attacker: Attacker;
}

/** An account that was brought to Port before the storm. */
async function startDeletionStorm(storm: Storm, options: AttackerOptions): Promise<DeletionStorm> {
  const { sandbox, folder: cwd, seed } = storm;
  const first = await runHere(["sync"], { cwd, env: readEnvironment(storm) });
  expect([first.code, first.stderr]).toEqual([0, first.stderr]);
  const random = createRandom(seed + 1000);
  const changing = await drawChanging(sandbox, random);
  const watch = watchDeletions(sandbox);
  await watch.look();
  return { ...storm, watch, changing, attacker: await createAttacker(sandbox, random, options) };
}

/** Two runs in peace settle what is left, but for what the storm took too much of: that a person allows. */
async function settle(storm: DeletionStorm): Promise<void> {
  const { sandbox, folder: cwd, seed, tally, watch, changing, attacker } = storm;
  const run = async (...args: string[]): Promise<string> => {
    sandbox.clock.advance(betweenRuns);
    const { code, stderr } = await runHere(["sync", ...args], { cwd, env: readEnvironment(storm) });
    await watch.look();
    return `exit ${code}\n${stderr}`;
  };
  await run();
  let last = await run();
  let stale = await watch.listStale();
  const large = listLargeLosses(changing);
  const blueprints = new Set(stale.map((name) => name.split(" ", 1)[0] ?? ""));
  const isLarge = attacker.hadOtherOwner || [...blueprints].every((name) => large.includes(name));
  if (stale.length > 0 && isLarge) {
    tally.allowed += 1;
    last = await run("--allow-delete", ...blueprints);
    stale = await watch.listStale();
  }
  for (const count of attacker.begun.values()) tally.attacks += count;
  tally.deleted += watch.right;
  tally.wronglyDeleted += watch.wrong.length;
  tally.stale += stale.length;
  expect([seed, watch.wrong]).toEqual([seed, []]);
  expect([seed, stale, last]).toEqual([seed, [], expect.stringMatching(/^exit 0/)]);
  expect((await listDrift(sandbox)).filter(({ action }) => action !== "stub")).toEqual([]);
}

test.concurrent(
  "sync in a storm, while the account changes, deletes nothing that is there; calm ones mend the rest",
  () =>
    stormThrough("sync", async (seed, tally) => {
      await using sandbox = await startAccount(seed, { incidents });
      using folder = createFolder();
      const storm = await startDeletionStorm(
        { sandbox, folder: folder.path, seed, tally },
        { apart: 0 },
      );
      const { watch, changing, attacker } = storm;
      const env = readEnvironment(storm);
      const random = createRandom(seed);
      raiseStorm(sandbox);
      const settleDown = sandbox.onRequest(({ side, number }) =>
        watch.takeTurn(async () => {
          if (side === "pagerduty") attacker.step();
          else await watch.look();
          if (number % 7 === 0) changeAccount(sandbox, random, changing);
        }),
      );
      const onStart = (): Record<string, string> => {
        sandbox.clock.advance(betweenRuns + drawBelow(random, 2 * betweenRuns));
        return drawMapping(random, storm);
      };
      const onKill = (pid: number): Promise<void> => {
        tally.jumps += 1;
        sandbox.clock.advance(drawBelow(random, 2 * 3_600_000));
        return freeLeases(env, folder.path, pid);
      };
      for (let run = 0; run < wholeRuns; run += 1) {
        const most = run === 0 ? kills : 0;
        const { code, stderr } = await runThroughKills(["sync"], storm, {
          kills: most,
          onStart,
          onKill,
        });
        // What changes all the time is not always read whole.
        expect(`exit ${code}\n${stderr}`).toMatch(/^exit [03]\n/);
        await watch.look();
      }
      tally.faults += countFaults(sandbox);

      calmDown(sandbox);
      settleDown();
      attacker.end();
      changeAccount(sandbox, random, changing);
      await settle(storm);
      tally.inputs += sandbox.port.entityCount;
    }),
  timeout,
);

const secret = "hush";

/** Much goes on in the time of a kill. */
const changes = 40;
/** Changes at which a server is stopped, and goes on. */
const [stopped, thawed] = [15, 25];

test.concurrent(
  "serve in a storm of events loses none that it acknowledged, and deletes nothing that is there; calm resyncs mend the rest",
  () =>
    stormThrough("serve", async (seed, tally) => {
      const relay = new Relay();
      await using sandbox = await startAccount(seed, {
        incidents: 60,
        webhookFetch: relay.send,
        webhooks: { order: "any", duplicates: 0.2, losses: 0.1, retryMs: [20, 50, 100] },
      });
      using folder = createFolder();
      const storm = await startDeletionStorm(
        { sandbox, folder: folder.path, seed, tally },
        { apart: 150 },
      );
      const { watch, changing, attacker } = storm;
      const [subscribed] = sandbox.webhooks.subscribe({
        url: "http://pagerport.test/webhook",
      }).secrets;
      const env = { ...readEnvironment(storm), PD_WEBHOOK_SECRET: `${secret},${subscribed}` };
      const random = createRandom(seed);
      const start = (more: Record<string, string>): Promise<ServerProcess> =>
        startServer({ cwd: folder.path, env: { ...env, ...more }, runtime: jumping });
      raiseStorm(sandbox);
      const settleDown = sandbox.onRequest(({ side }) =>
        watch.takeTurn(async () => {
          if (side === "pagerduty") attacker.step();
          else await watch.look();
        }),
      );
      for (let kill = 0; kill < kills; kill += 1) {
        const jumps = drawJumps(random);
        tally.jumps += jumps.length;
        sandbox.clock.advance(betweenRuns + drawBelow(random, betweenRuns));
        const mapping = drawMapping(random, storm);
        const server = await start({ ...mapping, STORM_JUMPS: JSON.stringify(jumps) });
        relay.server = server;
        using _strangers = letStrangersIn(server.url, tally);
        const aim = relay.acknowledged.size + 5 + drawBelow(random, changes / 4);
        for (let change = 0; change < changes; change += 1) {
          if (change === stopped) await standStill(env, folder.path, server.pid);
          if (change === thawed) thawProcess(server.pid);
          await watch.takeTurn(async () => {
            await watch.look();
            attacker.step();
            changeAccount(sandbox, random, changing);
          });
          await Bun.sleep(drawBelow(random, 20));
        }
        await until(() => relay.acknowledged.size >= aim);
        server.kill("SIGKILL");
        relay.server = undefined;
        await server.finished;
        tally.kills += 1;
        tally.frozen += 1;
        await freeLeases(env, folder.path, server.pid);
      }
      tally.faults += countFaults(sandbox);

      calmDown(sandbox);
      settleDown();
      attacker.end();
      await watch.look();
      sandbox.clock.advance(betweenRuns);
      const last = await start({ PAGERPORT_FULL_RESYNC_INTERVAL: "0" });
      relay.server = last;
      await sandbox.webhooks.finished();
      await last.waitFor(/^Resync ended/);
      await using store = await openStore(loadStoreSettings({ environment: env }, folder.path));
      while ((await readBacklog(store.sql)).waiting > 0) {
        await Bun.sleep(100);
        await ageEvents(store.sql, 2000);
      }
      const rows = await store.sql.all("SELECT id FROM inbox WHERE state = 'done'");
      const done = new Set(rows.map(({ id }) => id));
      const lost = [...relay.acknowledged].filter((id) => !done.has(id));
      tally.inputs += relay.acknowledged.size;
      tally.lost += lost.length;
      last.kill("SIGTERM");
      expect((await last.finished).code).toBe(0);
      expect(lost).toEqual([]);
      await settle(storm);
    }),
  timeout,
);
