import { expect, test } from "bun:test";
import type { Clock, PortClient, RunEvent } from "@pagerport/core";
import { LeaseLostError } from "../../packages/core/src/store/lease.ts";
import { readQueuedRun } from "../../packages/core/src/store/queued-run.ts";
import { runLeaseDuration, startRun } from "../../packages/core/src/store/runs.ts";
import { failureOf } from "../../packages/core/src/testing/failure-of.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { databaseSorts } from "../../packages/core/src/testing/test-databases.ts";
import { startSyncSetting } from "../support/run-sync.ts";

/** Starting PostgreSQL is part of the first test. Milliseconds. */
const timeout = 20_000;

/** Lists whose pages a run writes under its lease alone, and one whose objects it claims. */
const lists = [
  ["/users", "pagerdutyUser", "page"],
  ["/services", "pagerdutyService", "claimed"],
] as const;

const cases = databaseSorts.flatMap(([sort, create]) =>
  lists.flatMap(([list, blueprint, page]) =>
    (["before", "after"] as const).map(
      (moment) => [moment, blueprint, sort, { create, list, page }] as const,
    ),
  ),
);

test.each(cases)(
  "resync() that stands still over its lease %s it has sent a page of %s mends what may be old (%s)",
  async (moment, blueprint, _sort, { create, list, page }) => {
    await using database = await create();
    let shift = 0;
    const store = await database.open({ shiftClock: () => shift });
    await using setting = await startSyncSetting({
      services: 5,
      incidents: 10,
      schedules: 2,
      users: 5,
    });
    await setting.sync({ store });
    const { pagerduty } = setting.sandbox;
    for (const { id } of await pagerduty.list(list)) {
      pagerduty.changeObject(String(id), { description: "Changed", name: `Changed ${String(id)}` });
    }
    const clock: Clock = {
      ...testClock,
      now: () => testClock.now() + shift,
      steady: () => (testClock.steady?.() ?? 0) + shift,
    };
    const standStill = async (): Promise<void> => {
      if (shift > 0) return;
      shift = runLeaseDuration + 1;
      const { run } = await startRun(store.sql, { type: "delta", owner: "another" });
      expect(run).toBeDefined();
    };
    let sent = 0;
    const port: PortClient = {
      async send(request) {
        const isPage = request.path === `/blueprints/${blueprint}/entities/bulk`;
        if (!isPage) return setting.port.send(request);
        if (moment === "before") await standStill();
        const answer = await setting.port.send(request);
        sent += 1;
        if (moment === "after") await standStill();
        return answer;
      },
    };
    const events: RunEvent[] = [];
    const onEvent = (event: RunEvent): number => events.push(event);
    const error = await failureOf(setting.sync({ store, port, clock, onEvent }));
    expect(error).toBeInstanceOf(LeaseLostError);
    expect(sent).toBe(moment === "after" ? 1 : 0);
    const lost = events.filter((event) => event.type === "claim-lost");
    const isPage = page === "page";
    // Of what live events read, they bring the newest state; of the rest, a delta does.
    const work = isPage ? "run" : "page";
    const mayBeWritten = moment === "after";
    expect(lost).toContainEqual(expect.objectContaining({ work, mayBeWritten }));
    const queued = await store.sql.all("SELECT key FROM inbox WHERE state = 'waiting'");
    expect(queued.length > 0).toBe(mayBeWritten && !isPage);
    expect(await readQueuedRun(store.sql)).toBe(mayBeWritten && isPage ? "delta" : undefined);
  },
  timeout,
);
