import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { FakeClock } from "../testing/fake-clock.ts";
import { failureOf } from "../testing/failure-of.ts";
import { caseCount } from "../testing/test-size.ts";
import { ObjectTurns } from "./object-turns.ts";

test("ObjectTurns.take() keeps to the order of what has an object in common, and to no other", async () => {
  const works = fc.array(
    fc.record({
      keys: fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { maxLength: 3 }),
      takes: fc.integer({ min: 0, max: 50 }),
      fails: fc.boolean(),
    }),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(works, async (list) => {
      const clock = new FakeClock();
      const turns = new ObjectTurns();
      const running = new Set<number>();
      const begun: number[] = [];
      const all = list.map(({ keys, takes, fails }, place) =>
        turns.take(keys, async () => {
          for (const other of running) {
            expect(keys.filter((key) => list[other]?.keys.some((its) => its === key))).toEqual([]);
          }
          running.add(place);
          begun.push(place);
          await clock.sleep(takes);
          running.delete(place);
          if (fails) throw new Error("failed");
        }),
      );
      expect(turns.size).toBe(list.length);
      const ended = Promise.allSettled(all);
      await clock.advance(1000);
      await turns.all();
      const settled = await ended;
      expect(settled.map(({ status }) => status === "rejected")).toEqual(
        list.map(({ fails }) => fails),
      );
      for (const key of ["a", "b", "c", "d"] as const) {
        const ofKey = begun.filter((place) => list[place]?.keys.includes(key));
        expect(ofKey).toEqual(ofKey.toSorted((one, other) => one - other));
      }
      expect(turns.size).toBe(0);
    }),
    { numRuns: caseCount(100) },
  );
});

test("ObjectTurns.next() waits for one of several, also for one that fails", async () => {
  const turns = new ObjectTurns();
  const never = turns.take(["a"], () => new Promise<void>(() => undefined));
  const failing = turns.take(["b"], () => Promise.reject(new Error("no")));
  await Promise.all([turns.next(), failureOf(failing)]);
  expect(turns.size).toBe(1);
  expect(never).toBeInstanceOf(Promise);
});
