import { expect, test } from "bun:test";
import { databaseSorts } from "../../packages/core/src/testing/test-databases.ts";
import { connectSandboxPagerDuty, connectSandboxPort } from "../support/connect-sandbox.ts";
import { followClock, hurry } from "../support/jump-clock.ts";
import { listDrift } from "../support/list-drift.ts";
import { startServiceSetting } from "../support/run-service.ts";
import { bySize, isLong } from "../support/size.ts";
import { createWorkWatch, logClaims, readClaims } from "../support/watch-work.ts";

/** Incidents; the same on PostgreSQL is a smaller one. */
const incidents = {
  SQLite: bySize({ short: 200, long: 1000 }),
  PostgreSQL: bySize({ short: 50, long: 1000 }),
};

/** Changes of each incident after it was triggered, and the seconds of PagerDuty's clock that they take. */
const changes = 20;
const seconds = 10;

test.each(databaseSorts)(
  "createSyncService() of two replicas (%s) ends where PagerDuty is, whatever comes twice and out of order",
  async (sort, create) => {
    await using database = await create();
    const [store, other] = [await database.open(), await database.open()];
    const work = createWorkWatch(store);
    await using setting = await startServiceSetting(
      {
        webhooks: { order: "any", duplicates: 1, keep: 0 },
        // What it tells of incidents is a day old.
        analyticsLagSeconds: 86_400,
      },
      {
        store,
        others: [other],
        connect: (sandbox) =>
          work.watch({
            // PagerDuty's own limit, and the share of it that a server takes.
            pagerDuty: connectSandboxPagerDuty(sandbox, {
              clock: followClock(sandbox),
              requestsPerMinute: 960,
              rateBudget: 0.5,
            }),
            port: connectSandboxPort(sandbox),
          }),
      },
    );
    const { sandbox } = setting;
    await logClaims(store);
    work.requests = 0;
    const count = incidents[sort as keyof typeof incidents];
    const day = await sandbox.playDay({
      incidents: count,
      changes,
      services: 0,
      hours: seconds / 3600,
    });
    await sandbox.webhooks.settled();
    await hurry(sandbox, setting.settle());
    const { requests } = work;
    const sent = Object.values(day.events).reduce((sum, one) => sum + one, 0);
    expect(sent).toBeGreaterThanOrEqual(count * changes);
    expect(setting.countReceived()).toBe(2 * sent);

    // Another run would change nothing: incidents, and services with their status.
    expect(await listDrift(sandbox)).toEqual([]);
    for (const id of day.incidents) {
      const status = sandbox.port.entity("pagerdutyIncident", id)?.properties["status"];
      expect([id, status]).toEqual([id, sandbox.pagerduty.incident(id)?.status]);
    }
    // Events of an object that wait together are one reading and one writing. How many do is up to the machine:
    // one that is busy with other things delivers them further apart.
    const jobs = setting.events.filter(({ type }) => type === "processed").length;
    expect(jobs).toBeLessThan(sent);
    // One more for what Port is asked of a new entity: whose it is.
    expect(requests).toBeLessThanOrEqual(3 * jobs);
    if (isLong) expect(requests).toBeLessThan(sent / 2);
    expect(work).toMatchObject({ overlaps: [], unclaimed: [] });
    const claims = await readClaims(store);
    expect(claims.size).toBeGreaterThanOrEqual(count);
    for (const [key, log] of claims) {
      const ordered = Array.from({ length: log.length / 2 }, () => ["begins", "ends"]).flat();
      expect([key, ...log]).toEqual([key, ...ordered]);
    }
    const worked = setting.events.flatMap((event) =>
      event.type === "processed" ? [event.outcome.outcome] : [],
    );
    expect(new Set(worked)).toEqual(new Set(["applied"]));
  },
);
