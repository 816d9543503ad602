import { expect, test } from "bun:test";
import { databaseSorts } from "../testing/test-databases.ts";
import { pruneServices, recordServices, takeLeftServices } from "./incident-services.ts";

test.each(databaseSorts)(
  "takeLeftServices() gives each service that an incident has left, once (%s)",
  async (_sort, create) => {
    await using database = await create();
    const { sql } = await database.open();
    const on = (incident: string, service: string): { incident: string; service: string } => ({
      incident: `incidents/${incident}`,
      service: `services/${service}`,
    });
    await recordServices(sql, [on("Q1", "A"), on("Q2", "A"), on("Q3", "C"), on("Q1", "A")], 1);
    expect(await takeLeftServices(sql)).toEqual([]);
    await recordServices(sql, [on("Q1", "B")], 2);
    // What was read before says nothing of what was read since.
    await recordServices(sql, [on("Q1", "B"), on("Q3", "C")], 1);
    expect(await takeLeftServices(sql, ["incidents/Q2", "incidents/Q3"])).toEqual([]);
    expect(await takeLeftServices(sql, ["incidents/Q1"])).toEqual(["services/A"]);
    expect(await takeLeftServices(sql)).toEqual([]);
    await recordServices(sql, [on("Q1", "A"), on("Q2", "B")], 3);
    expect(await takeLeftServices(sql)).toEqual(["services/A", "services/B"]);
    expect(await pruneServices(sql, 3)).toBe(1);
  },
  20_000,
);
