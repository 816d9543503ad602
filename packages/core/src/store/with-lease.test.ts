import { expect, test } from "bun:test";
import { FakeClock } from "../testing/fake-clock.ts";
import { failureOf } from "../testing/failure-of.ts";
import { acquireLease, LeaseLostError } from "./lease.ts";
import { withLease } from "./with-lease.ts";
import { openTestStore } from "../testing/open-test-store.ts";

test("withLease() lets one work at a time, and the next one after it, also after an error", async () => {
  const clock = new FakeClock();
  const { sql } = await openTestStore();
  let working = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    working += 1;
    most = Math.max(most, working);
    await clock.sleep(10);
    working -= 1;
    throw new Error("done");
  };
  const all = [1, 2, 3].map((one) =>
    failureOf(withLease({ sql, clock, name: "x", owner: `${one}` }, work)),
  );
  const errors = await clock.drive(Promise.all(all));
  expect(errors.map(({ message }) => message)).toEqual(["done", "done", "done"]);
  expect(most).toBe(1);
});

test("withLease() ends the wait when it is told to, and the work when its lease is lost", async () => {
  const clock = new FakeClock();
  let shift = 0;
  const { sql } = await openTestStore({ shiftClock: () => shift });
  const held = withLease({ sql, clock, name: "x", owner: "one" }, (signal) =>
    clock.sleep(1_000_000, signal),
  );
  await clock.settle();
  const controller = new AbortController();
  const { signal } = controller;
  const waiting = withLease({ sql, clock, name: "x", owner: "two", signal }, async () => undefined);
  await clock.settle();
  controller.abort(new Error("enough"));
  expect((await failureOf(waiting)).message).toBe("enough");
  shift = 3_600_000;
  await acquireLease(sql, { name: "x", owner: "three", duration: 1000 });
  expect(await failureOf(clock.drive(held))).toBeInstanceOf(LeaseLostError);
});
