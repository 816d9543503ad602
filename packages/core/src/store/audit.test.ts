import { expect, test } from "bun:test";
import { failureOf } from "../testing/failure-of.ts";
import { openTestStore } from "../testing/open-test-store.ts";
import { databaseSorts } from "../testing/test-databases.ts";
import { auditKeptFor, doAudited, listAudit, recordAudit } from "./audit.ts";

const audited = { who: "alice", from: "127.0.0.1", action: "approve", what: "plan 7" };

for (const [name, createDatabase] of databaseSorts) {
  test(`doAudited() records what was done and what failed, on ${name}`, async () => {
    await using database = await createDatabase();
    let moved = 0;
    const { sql } = await database.open({ shiftClock: () => moved });
    expect(await doAudited(sql, audited, async () => 7)).toBe(7);
    moved = 1000;
    const work = (): Promise<never> => Promise.reject(new Error("it is settled"));
    const failure = await failureOf(doAudited(sql, { ...audited, what: "x".repeat(5000) }, work));
    expect(String(failure)).toContain("it is settled");
    const records = await listAudit(sql, 10);
    expect(records).toMatchObject([
      { ...audited, what: `${"x".repeat(999)}…`, outcome: "failed: it is settled" },
      { ...audited, outcome: "done" },
    ]);
    const [last, first] = records;
    expect(Number(last?.at) - Number(first?.at)).toBeGreaterThanOrEqual(1000);
  });

  test(`recordAudit() keeps records for a year, on ${name}`, async () => {
    await using database = await createDatabase();
    let moved = 0;
    const { sql } = await database.open({ shiftClock: () => moved });
    await recordAudit(sql, { ...audited, what: "old", outcome: "done" });
    moved = auditKeptFor / 2;
    await recordAudit(sql, { ...audited, what: "kept", outcome: "done" });
    expect(await listAudit(sql, 10)).toHaveLength(2);
    moved = auditKeptFor + 60_000;
    await recordAudit(sql, { ...audited, what: "new", outcome: "done" });
    expect((await listAudit(sql, 10)).map(({ what }) => what)).toEqual(["new", "kept"]);
  });
}

test("doAudited() does nothing where no record can be written", async () => {
  await using store = await openTestStore();
  const { sql } = store;
  const full: typeof sql = { ...sql, run: () => Promise.reject(new Error("disk is full")) };
  let isDone = false;
  const doIt = async (): Promise<void> => void (isDone = true);
  expect(String(await failureOf(doAudited(full, audited, doIt)))).toContain("disk is full");
  expect(isDone).toBe(false);
});
