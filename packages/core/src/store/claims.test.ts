import { expect, test } from "bun:test";
import { failureOf } from "../testing/failure-of.ts";
import { databaseSorts } from "../testing/test-databases.ts";
import { claimDuration, claimObjects, completeClaim, releaseClaim, renewClaim } from "./claims.ts";
import { readFreshness, recordApplied } from "./freshness.ts";
import { LeaseLostError } from "./lease.ts";
import { startRun, runLeaseDuration } from "./runs.ts";

const done = async (): Promise<void> => undefined;

for (const [name, createDatabase] of databaseSorts) {
  test(`claimObjects() claims what is free, and names what is held, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const one = await claimObjects(sql, {
      objects: ["incidents/Q2", "incidents/Q1"],
      owner: "one",
    });
    expect(one).toMatchObject({
      claim: { objects: ["incidents/Q1", "incidents/Q2"] },
      held: [],
      stale: [],
    });
    const objects = ["incidents/Q2", "incidents/Q3", "incidents/Q3"];
    const other = await claimObjects(sql, { objects, owner: "other" });
    expect(other).toMatchObject({ claim: { objects: ["incidents/Q3"] }, held: ["incidents/Q2"] });
    await completeClaim(sql, one.claim, done);
    const third = await claimObjects(sql, { objects, owner: "third" });
    expect(third).toMatchObject({ claim: { objects: ["incidents/Q2"] }, held: ["incidents/Q3"] });
    await releaseClaim(sql, third.claim);
    expect((await claimObjects(sql, { objects: [], owner: "none" })).claim.objects).toEqual([]);
  });

  test(`claimObjects() gives each object to one of many, over two connections, on ${name}`, async () => {
    await using database = await createDatabase();
    const connections = [(await database.open()).sql, (await database.open()).sql];
    const all = Array.from({ length: 30 }, (_, index) => `incidents/Q${index}`);
    const attempts = await Promise.all(
      connections.flatMap((sql) =>
        [all, all.toReversed(), all.slice(10), all.slice(0, 20)].map((objects) =>
          claimObjects(sql, { objects, owner: "one of them" }),
        ),
      ),
    );
    const claimed = attempts.flatMap(({ claim }) => claim.objects);
    expect(claimed.toSorted()).toEqual(all.toSorted());
  });

  test(`claimObjects() does not claim what something as new was applied to, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await recordApplied(sql, [
      { object: "incidents/Q1", number: 4 },
      { object: "incidents/Q2", number: 5, isDeleted: true },
      { object: "incidents/Q3", number: 6 },
    ]);
    const objects = ["incidents/Q1", "incidents/Q2", "incidents/Q3", "incidents/Q4"];
    const attempt = await claimObjects(sql, { objects, owner: "run", number: 5 });
    expect(attempt.claim.objects).toEqual(["incidents/Q1", "incidents/Q4"]);
    expect(attempt.stale).toEqual(["incidents/Q2", "incidents/Q3"]);
    // They are free for whoever reads them again.
    const again = await claimObjects(sql, { objects: attempt.stale, owner: "event" });
    expect(again.held).toEqual([]);
  });

  test(`claimObjects() refuses a run that has lost its lease on ${name}`, async () => {
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    const { run } = await startRun(sql, { type: "full", owner: "run" });
    const options = { objects: ["incidents/Q1"], owner: "run", number: 9, runLease: run?.lease };
    const { claim } = await claimObjects(sql, options);
    await completeClaim(sql, claim, done);
    shift = runLeaseDuration;
    expect(await failureOf(claimObjects(sql, options))).toBeInstanceOf(LeaseLostError);
    // And leaves no claim behind.
    expect((await claimObjects(sql, { ...options, runLease: undefined })).held).toEqual([]);
  });

  test(`a claim that lapsed is another's, and commits nothing, on ${name}`, async () => {
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    const objects = ["incidents/Q1", "incidents/Q2"];
    const { claim } = await claimObjects(sql, { objects, owner: "one" });
    shift += claimDuration - 1000;
    expect(await renewClaim(sql, claim)).toBe(true);
    shift += claimDuration - 1000;
    expect((await claimObjects(sql, { objects, owner: "early" })).held).toEqual(objects);
    shift += 2000;
    expect(await renewClaim(sql, claim)).toBe(false);
    const write = completeClaim(sql, claim, (inside) =>
      recordApplied(inside, [{ object: "incidents/Q1", number: 1 }]),
    );
    expect((await failureOf(write)).message).toContain("incidents/Q1, incidents/Q2 has lapsed");
    const next = await claimObjects(sql, { objects: ["incidents/Q2"], owner: "next" });
    expect(await failureOf(completeClaim(sql, claim, done))).toBeInstanceOf(LeaseLostError);
    await releaseClaim(sql, claim);
    expect((await claimObjects(sql, { objects, owner: "late" })).held).toEqual(["incidents/Q2"]);
    await completeClaim(sql, next.claim, done);
    expect((await readFreshness(sql, objects)).size).toBe(0);
  });

  test(`completeClaim() commits with the claim's end, or keeps the claim, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const objects = ["incidents/Q1"];
    const { claim } = await claimObjects(sql, { objects, owner: "one" });
    const broken = completeClaim(sql, claim, async (inside) => {
      await recordApplied(inside, [{ object: "incidents/Q1", number: 1 }]);
      throw new Error("the disk is full");
    });
    expect((await failureOf(broken)).message).toBe("the disk is full");
    expect((await claimObjects(sql, { objects, owner: "other" })).held).toEqual(objects);
    expect((await readFreshness(sql, objects)).size).toBe(0);
  });
}
