import { expect, test } from "bun:test";
import { failureOf } from "../testing/failure-of.ts";
import { databaseSorts } from "../testing/test-databases.ts";

for (const [name, createDatabase] of databaseSorts) {
  test(`all() and run() take and give the same values on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const bytes = sql.dialect === "sqlite" ? "BLOB" : "BYTEA";
    await sql.run(`CREATE TABLE sample (a TEXT, b BIGINT, c ${bytes}, d TEXT)`);
    const payload = new Uint8Array([0, 255, 10]);
    const changed = await sql.run("INSERT INTO sample VALUES (?, ?, ?, ?), (?, 1, NULL, 'x')", [
      "Grüße\0",
      Number.MAX_SAFE_INTEGER,
      payload,
      null,
      "other",
    ]);
    expect(changed).toBe(2);
    const [row] = await sql.all("SELECT * FROM sample WHERE b > ?", [1]);
    expect(row?.["a"]).toBe("Grüße\u{FFFD}");
    expect(Number(row?.["b"])).toBe(Number.MAX_SAFE_INTEGER);
    expect(new Uint8Array(row?.["c"] as Uint8Array)).toEqual(payload);
    expect(row?.["d"]).toBeNull();
    expect(await sql.run("DELETE FROM sample WHERE b = ?", [7])).toBe(0);
    expect(await sql.all("DELETE FROM sample WHERE b = 1 RETURNING a")).toEqual([{ a: "other" }]);
  });

  test(`transaction() commits all or nothing, also within another, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const other = await database.open();
    await sql.run("CREATE TABLE sample (a BIGINT)");
    const count = async (): Promise<number> =>
      Number((await other.sql.all("SELECT count(*) AS n FROM sample"))[0]?.["n"]);
    const failing = sql.transaction(async (inside) => {
      await inside.run("INSERT INTO sample VALUES (1)");
      await inside.transaction((within) => within.run("INSERT INTO sample VALUES (2)"));
      expect(await count()).toBe(0);
      throw new Error("no more");
    });
    expect((await failureOf(failing)).message).toBe("no more");
    expect(await count()).toBe(0);
    const value = await sql.transaction(async (inside) => {
      await inside.run("INSERT INTO sample VALUES (1)");
      return "kept";
    });
    expect([value, await count()]).toEqual(["kept", 1]);
  });

  test(`transaction() of two connections and many at once loses no change on ${name}`, async () => {
    await using database = await createDatabase();
    const [one, other] = [await database.open(), await database.open()];
    await one.sql.run("CREATE TABLE sample (a BIGINT)");
    await one.sql.run("INSERT INTO sample VALUES (0)");
    const increments = Array.from({ length: 40 }, (_, turn) =>
      (turn % 2 === 0 ? one : other).sql.transaction(async (inside) => {
        await inside.run("UPDATE sample SET a = a + 1");
        const [row] = await inside.all("SELECT a FROM sample");
        await inside.run("UPDATE sample SET a = ?", [Number(row?.["a"])]);
      }),
    );
    await Promise.all(increments);
    const [row] = await other.sql.all("SELECT a FROM sample");
    expect(Number(row?.["a"])).toBe(40);
  });

  test(`now is the database's clock, moved where that is asked for, on ${name}`, async () => {
    await using database = await createDatabase();
    const plain = await database.open();
    const moved = await database.open({ shiftClock: () => 3_600_000 });
    const read = async ({ sql }: typeof plain): Promise<number> =>
      Number((await sql.all(`SELECT ${sql.now} AS now`))[0]?.["now"]);
    const now = await read(plain);
    expect(Math.abs(now - Date.now())).toBeLessThan(60_000);
    expect((await read(moved)) - now).toBeGreaterThanOrEqual(3_600_000);
  });
}
