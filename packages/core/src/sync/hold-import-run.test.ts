import { expect, test } from "bun:test";
import { claimObjects } from "../store/claims.ts";
import { readPastRuns } from "../store/run-history.ts";
import { readRunHolder, startRun } from "../store/runs.ts";
import { failureOf } from "../testing/failure-of.ts";
import { databaseSorts } from "../testing/test-databases.ts";
import { holdImportRun } from "./hold-import-run.ts";
import { testClock } from "../testing/test-clock.ts";

const options = { owner: "one", clock: testClock };

interface Memory {
  runToken: string | undefined;
}

for (const [name, createDatabase] of databaseSorts) {
  test(`holdImportRun() frees what a killed process of the same import held, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const memory: Memory = { runToken: undefined };
    // It renews its lease as long as this process lives, but nobody ends it.
    const killed = await holdImportRun(sql, memory, options);
    await claimObjects(sql, { objects: ["a", "b"], owner: "one", runLease: killed.run.lease });
    await claimObjects(sql, { objects: ["c"], owner: "one" });
    const remembered = { ...memory };

    const next = await holdImportRun(sql, remembered, { ...options, owner: "two" });
    expect(next.run.number).toBeGreaterThan(killed.run.number);
    expect(await readRunHolder(sql)).toMatchObject({ owner: "two" });
    expect(await readPastRuns(sql, 5)).toMatchObject([{ owner: "one", outcome: "lost" }]);
    const again = await claimObjects(sql, { objects: ["a", "b", "c"], owner: "two" });
    expect(again.claim.objects).toEqual(["a", "b"]);
    expect(again.held).toEqual(["c"]);

    await killed.breakOff();
    expect(await readRunHolder(sql)).toMatchObject({ owner: "two" });
    await next.end({ outcome: "complete" });
    expect(remembered.runToken).toBeUndefined();
    expect(await readRunHolder(sql)).toBeUndefined();
  });
}

test("holdImportRun() does not touch another's run, and says whose it waits for", async () => {
  const [[, createDatabase] = []] = databaseSorts;
  if (createDatabase === undefined) throw new Error("There is no database");
  await using database = await createDatabase();
  const { sql } = await database.open();
  await startRun(sql, { type: "full", owner: "other" });
  const stop = new AbortController();
  const memory: Memory = { runToken: "of-a-run-that-ended-long-ago" };
  const told: string[] = [];
  const held = holdImportRun(sql, memory, {
    ...options,
    signal: stop.signal,
    onHeld: ({ owner }) => {
      told.push(owner);
      stop.abort(new Error("Enough"));
    },
  });
  expect((await failureOf(held)).message).toBe("Enough");
  expect(told).toEqual(["other"]);
  expect(await readRunHolder(sql)).toMatchObject({ owner: "other" });
});
