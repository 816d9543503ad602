import { expect, test } from "bun:test";
import { databaseSorts } from "../testing/test-databases.ts";
import { keepEnrichments, pruneEnrichments, readEnrichments } from "./enrichments.ts";

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
}
