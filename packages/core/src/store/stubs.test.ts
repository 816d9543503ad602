import { expect, test } from "bun:test";
import { databaseSorts } from "../testing/test-databases.ts";
import { recordProduced } from "./produced.ts";
import { forgetProducedStubs, forgetStubs, readStubs, recordStubs, type Stub } from "./stubs.ts";

function stub(blueprint: string, identifier: string, object?: string): Omit<Stub, "madeAt"> {
  return { blueprint, identifier, object };
}

test.each(databaseSorts)(
  "recordStubs() keeps each once, with the object that was known of it (%s)",
  async (_sort, create) => {
    await using database = await create();
    const { sql } = await database.open();
    const known = [stub("service", "B", "services/B"), stub("service", "A"), stub("policy", "A")];
    await recordStubs(sql, [...known, stub("service", "A")]);
    const [first, ...others] = await readStubs(sql);
    expect(first).toMatchObject({ ...stub("policy", "A"), madeAt: expect.any(Number) });
    expect(others).toMatchObject([stub("service", "A"), stub("service", "B", "services/B")]);

    await recordStubs(sql, [stub("service", "A", "services/A"), stub("service", "B")]);
    expect(await readStubs(sql, ["service", "user"])).toMatchObject([
      { ...stub("service", "A", "services/A"), madeAt: others[0]?.madeAt },
      { ...stub("service", "B", "services/B"), madeAt: others[1]?.madeAt },
    ]);
    expect(await readStubs(sql, ["user"])).toEqual([]);
    expect(await readStubs(sql, [])).toEqual([]);
  },
);

test.each(databaseSorts)(
  "forgetStubs() forgets those that are named, forgetProducedStubs() those that are made again (%s)",
  async (_sort, create) => {
    await using database = await create();
    const { sql } = await database.open();
    await recordStubs(
      sql,
      ["A", "B", "C"].map((name) => stub("service", name)),
    );
    await recordStubs(sql, [stub("policy", "A")]);
    expect(await forgetStubs(sql, [stub("service", "A"), stub("service", "none")])).toBe(1);
    const entities = [{ blueprint: "service", identifier: "B" }];
    await recordProduced(sql, [{ object: "services/B", resource: "services", entities }], 7);
    expect(await forgetProducedStubs(sql)).toBe(1);
    expect(await readStubs(sql)).toMatchObject([stub("policy", "A"), stub("service", "C")]);
  },
);
