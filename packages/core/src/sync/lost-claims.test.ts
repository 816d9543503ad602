import { expect, test } from "bun:test";
import type { RunEvent } from "../events.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { openTestStore } from "../testing/open-test-store.ts";
import { listEvents } from "../store/inbox-events.ts";
import { keepRenewed } from "../store/keep-renewed.ts";
import type { Sql } from "../store/sql.ts";
import { createClaimGuard } from "./claim-guard.ts";
import { type ClaimLost, describeClaimLost, settleLost } from "./lost-claims.ts";

const lost: ClaimLost = {
  type: "claim-lost",
  work: "event",
  objects: 1,
  named: ["incidents/Q1"],
  mayBeWritten: false,
  milliseconds: 45_250,
};

test.each([
  [
    {},
    "The claim on incidents/Q1 (event) was lost: 45.3 s have passed since it was renewed. Nothing was written under it",
  ],
  [
    { work: "page", objects: 7, mayBeWritten: true },
    "The claim on incidents/Q1 and 6 more (page) was lost: 45.3 s have passed since it was renewed. Something may have been written late: it is queued again, so that the newest state wins",
  ],
  [
    { work: "run", objects: 0, named: [], mayBeWritten: true, error: "disk full" },
    "The lease of a run was lost: 45.3 s have passed since it was renewed. Something may have been written late: it could not be queued again, so run 'pagerport sync': disk full",
  ],
] as const)(
  "describeClaimLost() says what was lost, and what becomes of it: %j",
  (change, line) => {
    expect(describeClaimLost({ ...lost, ...change })).toBe(line);
  },
);

test("settleLost() tries again where the store is away when the process goes on", async () => {
  await using store = await openTestStore();
  const clock = new FakeClock();
  const renewal = keepRenewed({ renew: async () => true, duration: 30_000, clock });
  const guard = createClaimGuard(renewal);
  await guard.send(async (admit) => admit());
  await renewal.stop();
  let refusals = 3;
  const sql: Sql = {
    dialect: store.sql.dialect,
    now: store.sql.now,
    all: (text, values) => store.sql.all(text, values),
    run: (text, values) => store.sql.run(text, values),
    transaction: (work) => {
      refusals -= 1;
      return refusals >= 0
        ? Promise.reject(new Error("connection refused"))
        : store.sql.transaction(work);
    },
  };
  const events: RunEvent[] = [];
  const objects = ["incidents/Q1"];
  const options = { sql, clock, work: "event", objects, token: "t", passed: 31_000 } as const;
  const onEvent = (event: RunEvent): number => events.push(event);
  await clock.drive(settleLost(guard, { ...options, onEvent }));
  // Told twice of one loss, it is queued once.
  await settleLost(guard, options);
  const rows = await listEvents(store.sql, { limit: 9 });
  expect(rows).toMatchObject([{ key: "incidents/Q1", state: "waiting", attempts: 0 }]);
  expect(events).toEqual([{ ...lost, mayBeWritten: true, milliseconds: 31_000 }]);
});

test("settleLost() says so where the store stays away", async () => {
  const clock = new FakeClock();
  const renewal = keepRenewed({ renew: async () => true, duration: 30_000, clock });
  const guard = createClaimGuard(renewal);
  await guard.send(async (admit) => admit());
  await renewal.stop();
  const refuse = (): Promise<never> => Promise.reject(new Error("connection refused"));
  const sql: Sql = { dialect: "sqlite", now: "0", all: refuse, run: refuse, transaction: refuse };
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent): number => events.push(event);
  const objects = ["incidents/Q1"];
  await clock.drive(
    settleLost(guard, { sql, clock, work: "event", objects, token: "t", passed: 1, onEvent }),
  );
  expect(events).toMatchObject([{ type: "claim-lost", error: "connection refused" }]);
});
