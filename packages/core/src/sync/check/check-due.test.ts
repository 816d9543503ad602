import { expect, test } from "bun:test";
import { addEvents } from "../../store/inbox.ts";
import { keepCheck } from "../../store/notes/check-note.ts";
import { queueRun } from "../../store/queued-run.ts";
import { endRun, type RunType, startRun } from "../../store/runs.ts";
import type { Sql } from "../../store/sql.ts";
import { keepState } from "../../store/state.ts";
import { createEvent } from "../../testing/inbox-event.ts";
import { databaseSorts } from "../../testing/test-databases.ts";
import { isCheckDue, triedState } from "./check-due.ts";

const minute = 60_000;
const hour = 60 * minute;
const daily = { verifyInterval: 24 };
const check = { by: "test", sample: 200, verdict: "in-step", blueprints: [] } as const;

async function run(sql: Sql, type: RunType): Promise<void> {
  const { run: begun } = await startRun(sql, { type, owner: "test" });
  if (begun === undefined) throw new Error("Nothing else runs");
  await endRun(sql, begun, { outcome: "complete" });
}

test.each(databaseSorts)(
  "isCheckDue() waits for a full run, its settling, its interval, and for a run after that (%s)",
  async (_sort, create) => {
    let ahead = 0;
    await using database = await create();
    const { sql } = await database.open({ shiftClock: () => ahead });
    const isDue = (options = daily) => isCheckDue(sql, options);
    expect(await isDue()).toBe(false);
    await run(sql, "delta");
    ahead += 2 * minute;
    // Before a full run the catalog need not be whole.
    expect(await isDue()).toBe(false);
    await run(sql, "full");
    expect(await isDue()).toBe(false);
    ahead += 2 * minute;
    expect(await isDue()).toBe(true);
    expect(await isDue({ verifyInterval: 0 })).toBe(false);

    await keepCheck(sql, check);
    expect(await isDue()).toBe(false);
    ahead += 24 * hour + minute;
    // What no event tells of may differ since the last run.
    expect(await isDue()).toBe(false);
    await run(sql, "delta");
    ahead += 2 * minute;
    expect(await isDue()).toBe(true);

    // Not while a run goes on, or is asked for.
    const { run: going } = await startRun(sql, { type: "delta", owner: "test" });
    if (going === undefined) throw new Error("Nothing else runs");
    expect(await isDue()).toBe(false);
    await endRun(sql, going, { outcome: "complete" });
    ahead += 2 * minute;
    await queueRun(sql, "delta");
    expect(await isDue()).toBe(false);
    await run(sql, "delta");
    ahead += 2 * minute;
    expect(await isDue()).toBe(true);

    // One that failed, or whose process died of it, is tried again in an hour.
    await keepState(sql, triedState, "test");
    expect(await isDue()).toBe(false);
    ahead += hour + minute;
    expect(await isDue()).toBe(true);
  },
  60_000,
);

test.each(databaseSorts)(
  "isCheckDue() waits for events, and two hours at most for whatever it waits for (%s)",
  async (_sort, create) => {
    let ahead = 0;
    await using database = await create();
    const { sql } = await database.open({ shiftClock: () => ahead });
    await run(sql, "full");
    await addEvents(sql, [createEvent("1")]);
    ahead += 2 * minute;
    expect(await isCheckDue(sql, daily)).toBe(false);
    ahead += 2 * hour;
    expect(await isCheckDue(sql, daily)).toBe(true);
    await keepCheck(sql, check);
    ahead += 25 * hour;
    expect(await isCheckDue(sql, daily)).toBe(false);
    ahead += 2 * hour;
    expect(await isCheckDue(sql, daily)).toBe(true);
  },
  60_000,
);
