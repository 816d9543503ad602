import { expect, test } from "bun:test";
import { endPause, setPause } from "../../store/pause.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { openTestStore } from "../../testing/open-test-store.ts";
import { createPauseGate } from "./pause-gate.ts";
import { createPauseWatch, type PauseEvent } from "./watch-pauses.ts";

test("createPauseWatch() tells once of each beginning and end, whoever is behind it", async () => {
  let shift = 0;
  await using store = await openTestStore({ shiftClock: () => shift });
  const { sql } = store;
  const clock = new FakeClock();
  const told: string[] = [];
  const tell = (event: PauseEvent): void => {
    const end = event.type === "pause-ended" ? `, ended by ${event.by ?? "time"}` : "";
    told.push(`${event.pause.scope} by ${event.pause.by}${end}`);
  };
  let ends = 0;
  const start = (): (() => Promise<void>) =>
    createPauseWatch({
      sql,
      gate: createPauseGate({ sql, clock }),
      tell,
      onEnd: () => void (ends += 1),
    });
  let look = start();
  const next = async (): Promise<string[]> => {
    await clock.advance(1000);
    await look();
    await look();
    return told.splice(0);
  };
  expect(await next()).toEqual([]);
  await setPause(sql, { scope: "all", by: "ana" });
  expect(await next()).toEqual(["all by ana"]);
  expect(await next()).toEqual([]);
  // A process that starts tells what holds, and not of what is over.
  look = start();
  expect(await next()).toEqual(["all by ana"]);
  await endPause(sql, { by: "bob" });
  expect(await next()).toEqual(["all by ana, ended by bob"]);
  look = start();
  expect(await next()).toEqual([]);
  // Both within one look.
  shift += 5;
  await setPause(sql, { scope: "deletions", by: "cem" });
  await endPause(sql, { by: "cem" });
  expect(await next()).toEqual(["deletions by cem", "deletions by cem, ended by cem"]);
  await setPause(sql, { scope: "all", by: "dan", for: 60_000 });
  expect(await next()).toEqual(["all by dan"]);
  shift += 60_000;
  expect([...(await next()), ...(await next())]).toEqual(["all by dan, ended by time"]);
  expect(ends).toBe(3);
});
