import { expect, test } from "bun:test";
import { readState } from "../store/state.ts";
import { databaseSorts } from "../testing/test-databases.ts";
import { createStoreShiftMemory, previewShiftMemory } from "./create-shift-memory.ts";

for (const [name, createDatabase] of databaseSorts) {
  test(`createStoreShiftMemory() remembers by what was asked, and tells a refusal once, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const memory = createStoreShiftMemory(sql);
    const one = { asked: "", summary: "One", readAt: 7, schedule: { id: "P1" } };
    const other = { ...one, asked: '["final_schedule",1,null]' };
    const second = { ...one, schedule: { id: "P2", name: "Two" } };
    await memory.keep([one, other, second]);
    const list = async (): Promise<unknown[]> =>
      (await createStoreShiftMemory(sql).list()).map(({ asked, schedule }) => [schedule.id, asked]);
    expect(new Set(await list())).toEqual(
      new Set([
        ["P1", ""],
        ["P1", other.asked],
        ["P2", ""],
      ]),
    );
    await memory.keep([{ ...one, summary: "Renamed", readAt: 8 }]);
    const found = (await memory.list()).find(
      ({ schedule, asked }) => schedule.id === "P1" && asked === "",
    );
    expect(found).toEqual({ ...one, summary: "Renamed", readAt: 8 });
    await memory.forget(["P1"]);
    expect(await memory.list()).toEqual([second]);
    expect([await memory.noteRefusal(), await memory.noteRefusal()]).toEqual([true, false]);
  });
}

test("previewShiftMemory() knows what is in the store, and changes nothing of it", async () => {
  const [, createDatabase] = databaseSorts[0] ?? [];
  if (createDatabase === undefined) throw new Error("There is no database");
  await using database = await createDatabase();
  const { sql } = await database.open();
  const one = { asked: "", summary: "One", readAt: 7, schedule: { id: "P1" } };
  await createStoreShiftMemory(sql).keep([one]);
  const preview = await previewShiftMemory(sql);
  await preview.keep([{ ...one, schedule: { id: "P2" } }]);
  await preview.forget(["P1"]);
  expect((await preview.list()).map(({ schedule }) => schedule.id)).toEqual(["P2"]);
  expect(await createStoreShiftMemory(sql).list()).toEqual([one]);
  expect(await preview.noteRefusal()).toBe(true);
  expect(await readState(sql, "shift_schedules_refused")).toBeUndefined();
});
