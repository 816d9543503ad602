import { expect, test } from "bun:test";
import { startRun } from "../../../store/runs.ts";
import { untilQuiet } from "../../../store/writers.ts";
import { FakeClock } from "../../../testing/fake-clock.ts";
import { openTestStore } from "../../../testing/open-test-store.ts";
import { testClock } from "../../../testing/test-clock.ts";
import { claimProducers } from "./claim-producers.ts";

test("claimProducers() shows whoever pauses deletions that something is being deleted, whatever made it", async () => {
  await using store = await openTestStore();
  const { sql } = store;
  const { run } = await startRun(sql, { type: "full", owner: "one" });
  if (run === undefined) throw new Error("Another run goes on");
  const begun = Promise.withResolvers<void>();
  const deleted = Promise.withResolvers<void>();
  const removal = { blueprint: "pagerdutyUser", identifiers: ["ana", "bob"] };
  const options = { store: { sql, run, owner: "one", clock: testClock } };
  const removing = claimProducers(removal, options, async (free) => {
    expect(free).toEqual(["ana", "bob"]);
    begun.resolve();
    await deleted.promise;
    return () => Promise.resolve();
  });
  await begun.promise;
  const clock = new FakeClock();
  const waited: string[] = [];
  const quiet = untilQuiet({
    sql,
    clock,
    scope: "deletions",
    limit: 60_000,
    onWait: (writers) => {
      waited.push(...writers.map(({ owner }) => owner));
      deleted.resolve();
    },
  });
  expect(await clock.drive(quiet)).toEqual([]);
  expect(waited).toEqual(["one"]);
  expect(await removing).toEqual({ busy: [] });
  // The next part of the run claims it anew.
  expect(await sql.all("SELECT key FROM inbox_key")).toEqual([]);
});
