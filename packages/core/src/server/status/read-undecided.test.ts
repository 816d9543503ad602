import { expect, test } from "bun:test";
import { keepState } from "../../store/state.ts";
import { noteFullMapping, noteMapping } from "../../store/notes/mapping-note.ts";
import type { Store } from "../../store/open-store.ts";
import { approvePlan, rejectPlan } from "../../store/plans/decide-plan.ts";
import { listPlans } from "../../store/plans/plans.ts";
import { rememberPlans } from "../../store/plans/remember-plans.ts";
import { endRun, type KeptEntities, startRun } from "../../store/runs.ts";
import { plannedBrakes } from "../../sync/deletion/plans/planned-brakes.ts";
import { databaseSorts } from "../../testing/test-databases.ts";
import { judgeStatus } from "./judge-status.ts";
import { readStatus } from "./read-status.ts";

const blueprint = "service";
const hour = 3_600_000;
const identifiers = ["P1", "P2"];

function name(brake: string): KeptEntities {
  return { blueprint, brake, reason: `by ${brake}`, entities: 2, identifiers };
}

/** A full run that holds the same back by each of some brakes, and makes plans of those that have plans. */
async function runFull({ sql }: Store, ...brakes: readonly string[]): Promise<void> {
  const { run } = await startRun(sql, { type: "full", owner: "test" });
  if (run === undefined) throw new Error("Nothing else runs");
  const planned = plannedBrakes.filter((brake) => brakes.includes(brake));
  await sql.transaction((inside) =>
    rememberPlans(inside, {
      run: run.number,
      isJudged: () => true,
      held: planned.map((brake) => ({
        blueprint,
        brake,
        reader: "hash",
        entities: identifiers.map((identifier) => ({ blueprint, identifier, why: brake })),
        writes: brake === "reader" ? ["new"] : undefined,
      })),
      isUndecided: () => false,
      hasFollowed: () => false,
    }),
  );
  await endRun(sql, run, { outcome: "complete", kept: brakes.map(name) });
}

async function look(store: Store) {
  const report = await readStatus({ store, integrationIdentifier: "mine" });
  return {
    withheld: report.withheld.map(({ brake }) => brake),
    waits: judgeStatus(report)
      .filter(({ severity }) => severity === "waits")
      .map(({ about }) => about),
  };
}

test.each(databaseSorts)(
  "readStatus() has nothing withheld of which a person has decided all (%s)",
  async (_sort, create) => {
    await using database = await create();
    const store = await database.open();
    const { sql } = store;
    await runFull(store, "share", "team", "control", "guard", "refused");
    const stays = ["control", "guard", "refused"];
    const kept = stays.map((brake) => `kept/${blueprint}/${brake}`);
    const [share, team] = await listPlans(sql);
    const ids = [share?.id ?? 0, team?.id ?? 0] as const;
    expect(await look(store)).toEqual({
      withheld: ["share", "team", ...stays],
      waits: [...ids.map((id) => `plan/${id}`), ...kept],
    });
    // Some of it is not all of it.
    await rejectPlan(sql, { id: ids[0], only: ["P1"], by: "ana" });
    expect((await look(store)).withheld).toEqual(["share", "team", ...stays]);
    await rejectPlan(sql, { id: ids[0], only: ["P2"], by: "ana" });
    expect(await look(store)).toEqual({
      withheld: ["team", ...stays],
      waits: [`plan/${ids[1]}`, ...kept],
    });
    await approvePlan(sql, { id: ids[1], by: "ana" });
    expect(await look(store)).toEqual({ withheld: stays, waits: kept });
    // What a later run holds is not what was decided.
    await runFull(store, "empty");
    expect((await look(store)).withheld).toEqual(["empty"]);
  },
  60_000,
);

test.each(databaseSorts)(
  "readStatus() has no blueprint wait for a person who has approved its changed mapping (%s)",
  async (_sort, create) => {
    await using database = await create();
    const store = await database.open();
    const { sql } = store;
    await noteMapping(sql, { digest: "second", origin: undefined });
    await keepState(sql, "blocked-blueprints", JSON.stringify({ [blueprint]: "hash" }));
    await runFull(store, "reader");
    await noteFullMapping(sql, "second");
    const [plan] = await listPlans(sql);
    const id = plan?.id ?? 0;
    expect((await look(store)).waits).toEqual([`plan/${id}`]);
    await approvePlan(sql, { id, by: "ana" });
    expect(await look(store)).toEqual({ withheld: [], waits: [] });
  },
  60_000,
);

test.each(databaseSorts)(
  "readStatus() tells again what was approved and no run has carried out in a day (%s)",
  async (_sort, create) => {
    let ahead = 0;
    await using database = await create();
    const store = await database.open({ shiftClock: () => ahead });
    await runFull(store, "share");
    const [plan] = await listPlans(store.sql);
    await approvePlan(store.sql, { id: plan?.id ?? 0, by: "ana" });
    ahead += 23 * hour;
    expect((await look(store)).withheld).toEqual([]);
    ahead += 2 * hour;
    expect((await look(store)).withheld).toEqual(["share"]);
  },
  60_000,
);

test.each(databaseSorts)(
  "readStatus() tells what was held before there were plans, and after another one has ended (%s)",
  async (_sort, create) => {
    let ahead = 0;
    await using database = await create();
    const store = await database.open({ shiftClock: () => ahead });
    const { sql } = store;
    await runFull(store, "share");
    const [plan] = await listPlans(sql);
    await approvePlan(sql, { id: plan?.id ?? 0, by: "ana" });
    ahead += 60_000;
    await runFull(store);
    ahead += 60_000;
    // As a version does that makes no plans.
    const { run } = await startRun(sql, { type: "full", owner: "test" });
    if (run === undefined) throw new Error("Nothing else runs");
    await endRun(sql, run, { outcome: "complete", kept: [name("share")] });
    expect((await look(store)).waits).toEqual([`kept/${blueprint}/share`]);
  },
  60_000,
);
