import { expect, test } from "bun:test";
import { databaseSorts } from "../testing/test-databases.ts";
import {
  countProduced,
  type EntityRef,
  findOrphans,
  forgetEntities,
  forgetUnseen,
  readBlueprint,
  readProduced,
  readProducers,
  recordProduced,
  replaceProduced,
} from "./produced.ts";
import type { Sql } from "./sql.ts";

function ref(identifier: string, blueprint = "incident"): EntityRef {
  return { blueprint, identifier };
}

async function dump(sql: Sql): Promise<string[]> {
  const rows = await sql.all("SELECT * FROM produced");
  return rows
    .map((row) =>
      [row["object"], row["resource"], row["blueprint"], row["identifier"], row["number"]].join(
        " ",
      ),
    )
    .toSorted();
}

for (const [name, createDatabase] of databaseSorts) {
  test(`replaceProduced() replaces what was produced through the same resource on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const [q1, q2] = ["incidents/Q1", "incidents/Q2"];
    await replaceProduced(
      sql,
      [
        { object: q1, resource: "a", entities: [ref("1"), ref("2"), ref("2")] },
        { object: q1, resource: "b", entities: [ref("1", "copy")] },
        { object: q2, resource: "a", entities: [ref("3")] },
      ],
      1,
    );
    await replaceProduced(
      sql,
      [
        { object: q1, resource: "a", entities: [ref("2"), ref("4")] },
        { object: q2, resource: "a", entities: [] },
      ],
      2,
    );
    const expected = [`${q1} a incident 2 2`, `${q1} a incident 4 2`, `${q1} b copy 1 1`];
    expect(await dump(sql)).toEqual(expected);
    // What an older read found takes nothing away and makes nothing older.
    await replaceProduced(sql, [{ object: q1, resource: "a", entities: [ref("2")] }], 1);
    expect(await dump(sql)).toEqual(expected);
  });

  test(`readProduced() and readProducers() find both ways on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await replaceProduced(
      sql,
      [
        { object: "incidents/Q1", resource: "a", entities: [ref("1"), ref("s", "service")] },
        {
          object: "incidents/Q2",
          resource: "a",
          entities: [ref("2")],
          createdAt: 1_700_000_000_000,
        },
        { object: "services/P1", resource: "b", entities: [ref("s", "service")] },
      ],
      1,
    );
    const produced = await readProduced(sql, ["incidents/Q1", "incidents/Q9"]);
    expect(produced.map(({ identifier }) => identifier).toSorted()).toEqual(["1", "s"]);
    const producers = await readProducers(sql, [ref("s", "service"), ref("s"), ref("9")]);
    expect(producers.map(({ object }) => object).toSorted()).toEqual([
      "incidents/Q1",
      "services/P1",
    ]);
    const [dated] = await readProduced(sql, ["incidents/Q2"]);
    expect(dated?.createdAt).toBe(1_700_000_000_000);
    expect(produced.find(({ identifier }) => identifier === "1")).toEqual({
      object: "incidents/Q1",
      resource: "a",
      blueprint: "incident",
      identifier: "1",
      createdAt: undefined,
      endsAt: undefined,
      place: undefined,
      firstNumber: 1,
      number: 1,
    });
  });

  test(`recordProduced() keeps when an object ends, whose place it has and when it was first seen on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const production = { object: "oncalls/O1", resource: "a", entities: [ref("1", "oncall")] };
    const read = async () => {
      const [row] = await readProduced(sql, ["oncalls/O1"]);
      return { endsAt: row?.endsAt, place: row?.place, first: row?.firstNumber, last: row?.number };
    };
    const endsAt = 1_700_000_000_000;
    const place = '["E1",1,"S1","U1"]';
    await recordProduced(sql, [{ ...production, endsAt, place }], 3);
    expect(await read()).toEqual({ endsAt, place, first: 3, last: 3 });
    await recordProduced(sql, [{ ...production, endsAt: endsAt + 1, place }], 5);
    expect(await read()).toEqual({ endsAt: endsAt + 1, place, first: 3, last: 5 });
    // An older read changes nothing.
    await recordProduced(sql, [production], 4);
    expect(await read()).toEqual({ endsAt: endsAt + 1, place, first: 3, last: 5 });
    await recordProduced(sql, [production], 6);
    expect(await read()).toEqual({ endsAt: undefined, place: undefined, first: 3, last: 6 });
    // Rows of before this was kept.
    await sql.run("UPDATE produced SET first_number = NULL");
    expect(await read()).toMatchObject({ first: undefined });
  });

  test(`countProduced() counts entities, and not what makes them, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await replaceProduced(
      sql,
      [
        { object: "services/P1", resource: "a", entities: [ref("1"), ref("2")] },
        { object: "services/P1", resource: "b", entities: [ref("1")] },
        { object: "services/P2", resource: "a", entities: [ref("2"), ref("2", "other")] },
      ],
      1,
    );
    expect(await countProduced(sql, "incident")).toBe(2);
    expect(await countProduced(sql, "nothing")).toBe(0);
  });

  test(`findOrphans() names what nothing else produces on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const object = "incidents/Q1";
    await replaceProduced(
      sql,
      [
        {
          object,
          resource: "a",
          entities: [ref("alone"), ref("shared"), ref("twice"), ref("moves")],
        },
        { object, resource: "b", entities: [ref("twice")] },
        { object, resource: "c", entities: [ref("untouched")] },
        { object: "incidents/Q2", resource: "a", entities: [ref("shared")] },
      ],
      1,
    );
    const orphans = await findOrphans(sql, [
      { object, resource: "a", entities: [ref("new")] },
      { object, resource: "b", entities: [ref("moves")] },
    ]);
    expect(orphans.map(({ identifier }) => identifier).toSorted()).toEqual(["alone", "twice"]);
    expect(
      await findOrphans(sql, [{ object: "incidents/Q9", resource: "a", entities: [] }]),
    ).toEqual([]);
  });

  test(`readBlueprint() reads all of a blueprint in order, some at a time, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const productions = Array.from({ length: 1250 }, (_, index) => ({
      object: `incidents/Q${index}`,
      resource: "a",
      // Case and signs sort by bytes, whatever the database's language is.
      entities: [ref(`${index % 2 === 0 ? "z" : "Z"}-${index}`), ref("shared")],
    }));
    await replaceProduced(sql, productions, 1);
    await replaceProduced(sql, [{ object: "x", resource: "a", entities: [ref("1", "other")] }], 1);
    const found: string[] = [];
    let batches = 0;
    for await (const batch of readBlueprint(sql, "incident")) {
      batches += 1;
      for (const { identifier, object } of batch) found.push(`${identifier} ${object}`);
    }
    expect(found).toHaveLength(2500);
    expect(new Set(found).size).toBe(2500);
    expect(found).toEqual(found.toSorted());
    expect(batches).toBe(3);
  });

  test(`forgetUnseen() and forgetEntities() leave what was seen since on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const write = (object: string, resource: string, number: number): Promise<void> =>
      replaceProduced(sql, [{ object, resource, entities: [ref(object)] }], number);
    await write("old", "a", 1);
    await write("kept", "failed", 1);
    await write("removed resource", "z", 1);
    await write("live", "a", 4);
    expect(await forgetUnseen(sql, { run: 3, except: ["failed"], isKept: () => false })).toBe(2);
    expect((await dump(sql)).map((row) => row.split(" ")[0])).toEqual(["kept", "live"]);
    await forgetEntities(sql, [ref("kept"), ref("live")], 3);
    expect((await dump(sql)).map((row) => row.split(" ")[0])).toEqual(["live"]);
    const isKept = ({ identifier }: EntityRef): boolean => identifier === "live";
    expect(await forgetUnseen(sql, { run: 9, except: [], isKept })).toBe(0);
    expect(await forgetUnseen(sql, { run: 9, except: [], isKept: () => false })).toBe(1);
  });
}
