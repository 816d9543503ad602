import { expect, test } from "bun:test";
import { DatabaseSync } from "node:sqlite";
import { Pool, type PoolClient } from "pg";
import { failureOf } from "../testing/failure-of.ts";
import { createEvent } from "../testing/inbox-event.ts";
import { createPostgresDatabase } from "../testing/test-postgres.ts";
import { claimObjects, completeClaim } from "./claims.ts";
import { recordApplied } from "./freshness.ts";
import { addEvents } from "./inbox.ts";
import { readBacklog, readEvent } from "./inbox-events.ts";
import { claimJobs, endEvents } from "./inbox-jobs.ts";
import { openKnexStore, type KnexLike } from "./knex.ts";
import { readProduced, replaceProduced } from "./produced.ts";
import { readRunHistory } from "./run-history.ts";
import { endRun, startRun } from "./runs.ts";
import type { Dialect } from "./sql.ts";

/** Answers as knex does over better-sqlite3. */
function createSqliteKnex(): KnexLike {
  const database = new DatabaseSync(":memory:");
  const knex: KnexLike = {
    async raw(text, values) {
      const statement = database.prepare(text);
      return /^\s*SELECT|RETURNING/i.test(text)
        ? statement.all(...values)
        : statement.run(...values);
    },
    async transaction(work) {
      database.exec("BEGIN");
      try {
        const value = await work(knex);
        database.exec("COMMIT");
        return value;
      } catch (error) {
        database.exec("ROLLBACK");
        throw error;
      }
    },
  };
  return knex;
}

/** Answers as knex does over pg. */
async function createPostgresKnex(): Promise<KnexLike> {
  const pool = new Pool({ connectionString: await createPostgresDatabase(), max: 2 });
  pool.on("error", () => undefined);
  const wrap = (connection: Pick<PoolClient, "query">): KnexLike => ({
    raw(text, values) {
      let number = 0;
      return connection.query(
        text.replaceAll("?", () => `$${(number += 1)}`),
        [...values],
      );
    },
    async transaction(work) {
      const client = await pool.connect();
      try {
        await client.query("BEGIN");
        const value = await work(wrap(client));
        await client.query("COMMIT");
        return value;
      } catch (error) {
        await client.query("ROLLBACK");
        throw error;
      } finally {
        client.release();
      }
    },
  });
  return wrap(pool);
}

const knexes: readonly [Dialect, () => KnexLike | Promise<KnexLike>][] = [
  ["sqlite", createSqliteKnex],
  ["postgres", createPostgresKnex],
];

for (const [dialect, createKnex] of knexes) {
  test(`openKnexStore() keeps the store in a caller's knex for ${dialect}`, async () => {
    const knex = await createKnex();
    await openKnexStore(knex, { dialect });
    const { sql } = await openKnexStore(knex, { dialect });
    const { run } = await startRun(sql, { type: "full", owner: "plugin" });
    expect((await startRun(sql, { type: "full", owner: "other" })).holder?.owner).toBe("plugin");
    const number = 7;
    const object = "incidents/Q1";
    const { claim } = await claimObjects(sql, { objects: [object], owner: "plugin", number });
    const broken = completeClaim(sql, claim, async (inside) => {
      await recordApplied(inside, [{ object, number: 99 }]);
      throw new Error("stop");
    });
    expect((await failureOf(broken)).message).toBe("stop");
    await completeClaim(sql, claim, async (inside) => {
      const entities = [{ blueprint: "incident", identifier: "Q1" }];
      await replaceProduced(inside, [{ object, resource: "a", entities }], number);
      await recordApplied(inside, [{ object, number }]);
    });
    expect(await readProduced(sql, [object])).toEqual([
      {
        object,
        resource: "a",
        blueprint: "incident",
        identifier: "Q1",
        createdAt: undefined,
        endsAt: undefined,
        place: undefined,
        firstNumber: number,
        number,
      },
    ]);
    const payload = new Uint8Array([0, 255]);
    await addEvents(sql, [createEvent("01F", { payload }), createEvent("01G", { state: "done" })]);
    expect((await readEvent(sql, "01F"))?.payload).toEqual(payload);
    const [job] = await claimJobs(sql, { owner: "plugin", most: 5 });
    if (job !== undefined) await completeClaim(sql, job.claim, (inside) => endEvents(inside, job));
    expect(await readBacklog(sql)).toEqual({ waiting: 0, dead: 0, oldest: undefined });
    if (run !== undefined) await endRun(sql, run, { outcome: "complete" });
    expect((await readRunHistory(sql)).lastFull?.number).toBe(run?.number ?? 0);
  });
}

test("openKnexStore() leaves the layout alone where it is not its to change", async () => {
  const knex = createSqliteKnex();
  const { sql } = await openKnexStore(knex, { dialect: "sqlite", migrates: false });
  expect(await sql.all("SELECT name FROM sqlite_master")).toEqual([]);
});
