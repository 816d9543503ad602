import { expect, test } from "bun:test";
import { databaseSorts } from "../testing/test-databases.ts";
import {
  forgetEnrichments,
  keepEnrichments,
  listEnrichments,
  listOldestEnrichments,
  pruneEnrichments,
  readEnrichments,
} from "./enrichments.ts";

for (const [name, createDatabase] of databaseSorts) {
  test(`readEnrichments() finds what was fetched for objects unchanged since, on ${name}`, async () => {
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    const [q1, q2] = ["incidents/Q1", "incidents/Q2"];
    await keepEnrichments(sql, "__custom_fields", [
      { object: q1, updatedAt: "2026-01-01T00:00:00Z", value: [{ name: "impact", value: "1\0" }] },
      { object: q2, updatedAt: "2026-01-01T00:00:00Z", value: null },
    ]);
    const read = (updatedAt: string, what = "__custom_fields"): Promise<Map<string, unknown>> =>
      readEnrichments(
        sql,
        what,
        [q1, q2, "incidents/Q3"].map((object) => ({ object, updatedAt })),
      );
    expect(await read("2026-01-01T00:00:00Z")).toEqual(
      new Map<string, unknown>([
        [q1, [{ name: "impact", value: "1\0" }]],
        [q2, null],
      ]),
    );
    expect((await read("2026-01-02T00:00:00Z")).size).toBe(0);
    expect((await read("2026-01-01T00:00:00Z", "__other")).size).toBe(0);
    shift = 10_000;
    await keepEnrichments(sql, "__custom_fields", [
      { object: q1, updatedAt: "2026-01-02", value: 2 },
    ]);
    expect(await read("2026-01-02")).toEqual(new Map([[q1, 2]]));
    expect(await pruneEnrichments(sql, 5000)).toBe(1);
    expect((await read("2026-01-02")).size).toBe(1);
  });

  test(`listOldestEnrichments() lists those of one kind and name that were kept longest ago, on ${name}`, async () => {
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    const keep = (object: string, named = "fields"): Promise<void> =>
      keepEnrichments(sql, named, [{ object, updatedAt: "", value: 1 }]);
    const objects = ["services/P2", "services/P1", "services/P3", "incidents/Q1", "servicesX/P0"];
    for (const object of objects) {
      await keep(object);
      shift += 1000;
    }
    await keep("services/P0", "others");
    const counts: number[] = [];
    const list = async (most: number): Promise<string[]> => {
      const choose = (count: number): number => {
        counts.push(count);
        return most;
      };
      return [...(await listOldestEnrichments(sql, "fields", { objects: "services/", choose }))];
    };
    expect(await list(2)).toEqual(["services/P2", "services/P1"]);
    await keep("services/P2");
    expect(await list(2)).toEqual(["services/P1", "services/P3"]);
    expect(await list(10)).toEqual(["services/P1", "services/P3", "services/P2"]);
    expect(counts).toEqual([3, 3, 3]);
  });

  test(`listEnrichments() lists what was fetched for one kind until it is forgotten, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const keep = (object: string, value: unknown): Promise<void> =>
      keepEnrichments(sql, "detail", [{ object, updatedAt: "Name", value }]);
    await keep("schedules/P1", 0);
    await keep("v3/schedules/P1", { id: "P1" });
    await keep("v3/schedules/P2", { id: "P2" });
    await keep("v3/schedulesX/P3", 0);
    const list = async (): Promise<unknown[]> =>
      (await listEnrichments(sql, "v3/schedules/")).toSorted((one, other) =>
        one.object < other.object ? -1 : 1,
      );
    const [first, second] = ["P1", "P2"].map((id) => ({
      name: "detail",
      object: `v3/schedules/${id}`,
      updatedAt: "Name",
      value: { id },
    }));
    expect(await list()).toEqual([first, second]);
    await forgetEnrichments(sql, ["v3/schedules/P1", "v3/schedules/P9"]);
    expect(await list()).toEqual([second]);
    await forgetEnrichments(sql, []);
    expect(await listEnrichments(sql, "schedules/")).toHaveLength(1);
  });
}
