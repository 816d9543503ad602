/**
 * Uses a store as a run does. Started by the tests on every runtime, unbuilt; its argument is what
 * `openStore()` takes, as JSON. Prints what it found.
 */
import { claimObjects, completeClaim } from "../../packages/core/src/store/claims.ts";
import { recordApplied, takeNumber } from "../../packages/core/src/store/freshness.ts";
import { openStore } from "../../packages/core/src/store/open-store.ts";
import { readProducers, replaceProduced } from "../../packages/core/src/store/produced.ts";
import { readRunHistory } from "../../packages/core/src/store/run-history.ts";
import { endRun, renewRun, startRun } from "../../packages/core/src/store/runs.ts";

const owner = "smoke";
const store = await openStore(JSON.parse(process.argv[2] ?? "{}") as object);
const { sql } = store;
const { run } = await startRun(sql, { type: "full", owner });
if (run === undefined) throw new Error("The lock is held");
const other = await startRun(sql, { type: "full", owner: "other" });
const number = await takeNumber(sql);
const objects = ["incidents/Q1", "incidents/Q2"];
const { claim } = await claimObjects(sql, { objects, owner, number, runLease: run.lease });
const { held } = await claimObjects(sql, { objects, owner: "other" });
const entities = [{ blueprint: "incident", identifier: "Q1\0" }];
await completeClaim(sql, claim, async (inside) => {
  await replaceProduced(inside, [{ object: "incidents/Q1", resource: "a", entities }], number);
  await recordApplied(
    inside,
    objects.map((object) => ({ object, number })),
  );
});
const isRenewed = await renewRun(sql, run);
await endRun(sql, run, { outcome: "complete", withheld: ["nothing"] });
const { stale } = await claimObjects(sql, { objects, owner, number });
const producers = await readProducers(sql, [{ blueprint: "incident", identifier: "Q1\u{FFFD}" }]);
const { lastFull } = await readRunHistory(sql);
await store[Symbol.asyncDispose]();
process.stdout.write(
  JSON.stringify({
    isPersistent: store.isPersistent,
    holder: other.holder?.owner,
    held,
    isRenewed,
    stale,
    producers: producers.map(({ object }) => object),
    withheld: lastFull?.withheld,
  }),
);
