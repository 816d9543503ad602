import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { SandboxClock } from "./sandbox-clock.ts";

test("alarm() rings in order of the moments as the clock is advanced, and never once cancelled", () => {
  const moments = fc.array(fc.record({ at: fc.nat(1000), isCancelled: fc.boolean() }));
  fc.assert(
    fc.property(moments, fc.array(fc.integer({ min: 1, max: 400 })), (alarms, steps) => {
      const clock = new SandboxClock();
      const begin = clock.traffic() + 3_600_000;
      const rung: number[] = [];
      for (const { at, isCancelled } of alarms) {
        const cancel = clock.alarm(begin + at, () => rung.push(at));
        if (isCancelled) cancel();
      }
      clock.advance(3_500_000);
      for (const step of steps) clock.advance(step);
      clock.advance(200_000);
      const kept = alarms.filter(({ isCancelled }) => !isCancelled).map(({ at }) => at);
      expect(rung).toEqual(kept.toSorted((left, right) => left - right));
      clock.close();
    }),
  );
});

test("alarm() rings by itself when time passes", async () => {
  const clock = new SandboxClock(0);
  await new Promise<void>((resolve) => void clock.alarm(clock.traffic() + 5, resolve));
  expect(clock.now()).toBe(0);
  clock.close();
});

test("deadline() counts what was advanced, and not what was skipped", () => {
  const clock = new SandboxClock(0);
  let rung = 0;
  clock.deadline(60_000, () => rung++);
  clock.skip(120_000);
  expect([rung, clock.now()]).toEqual([0, 120_000]);
  clock.advance(60_000);
  expect([rung, clock.now()]).toEqual([1, 180_000]);
  clock.close();
});
