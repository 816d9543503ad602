import { expect, test } from "bun:test";
import { listAudit } from "../store/audit.ts";
import { failureOf } from "../testing/failure-of.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { openTestStore } from "../testing/open-test-store.ts";
import { type AuditLine, createStoreAudit, mostRefusals, refusalPeriod } from "./audit-in-store.ts";

const action = { who: "alice", from: "127.0.0.1", action: "pause", what: "all" };

test("createStoreAudit() records and tells what was done, failed and refused", async () => {
  await using store = await openTestStore();
  const { sql } = store;
  const told: AuditLine[] = [];
  const onRecord = (line: AuditLine): void => void told.push(line);
  const audit = createStoreAudit<undefined>({ sql, clock: new FakeClock(), onRecord });
  expect(await audit.run(action, undefined, async () => 7)).toBe(7);
  const work = (): Promise<never> => Promise.reject(new Error("no disk"));
  expect(String(await failureOf(audit.run(action, undefined, work)))).toContain("no disk");
  await audit.refuse(action, undefined, "no right");
  const outcomes = ["done", "failed: no disk", "refused: no right"];
  expect(told).toEqual(outcomes.map((outcome) => ({ ...action, outcome })));
  const kept = await listAudit(sql, 10);
  expect(kept.map(({ outcome }) => outcome).toSorted()).toEqual(outcomes);
});

test("createStoreAudit() lets nobody fill the store with what is refused", async () => {
  await using store = await openTestStore();
  const { sql } = store;
  const clock = new FakeClock();
  const audit = createStoreAudit<undefined>({ sql, clock, onRecord: () => undefined });
  for (let count = 0; count < mostRefusals + 20; count += 1) {
    await audit.refuse(action, undefined, "no right");
  }
  expect(await listAudit(sql, 1000)).toHaveLength(mostRefusals);
  await audit.run(action, undefined, async () => undefined);
  await clock.advance(refusalPeriod);
  await audit.refuse(action, undefined, "no right");
  expect(await listAudit(sql, 1000)).toHaveLength(mostRefusals + 2);
});
