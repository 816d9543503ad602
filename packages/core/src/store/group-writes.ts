import { setImmediate } from "node:timers/promises";
import type { Sql } from "./sql.ts";

/** A change that waits for its commit. */
interface WaitingWrite {
  /** Makes it; what is returned tells whoever asked, once it is committed. */
  readonly make: (sql: Sql) => Promise<() => void>;
  readonly reject: (error: unknown) => void;
}

/**
 * A database that commits together what is asked of it within one turn of the event loop: SQLite waits
 * for the disk with each commit, and the process with it. Each is still all or nothing by itself, and
 * nobody is answered before the commit. PostgreSQL does that on its own and is returned as it is.
 *
 * For whoever does many things at a time: one after another they only wait a turn longer.
 */
export function groupWrites(sql: Sql): Sql {
  if (sql.dialect !== "sqlite") return sql;
  let waiting: WaitingWrite[] = [];

  function join<Value>(work: (inside: Sql) => Promise<Value>): Promise<Value> {
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    const make = async (inside: Sql): Promise<() => void> => {
      const value = await work(inside);
      return () => resolve(value);
    };
    waiting.push({ make, reject });
    if (waiting.length === 1) void commitNext();
    return promise;
  }

  async function commitNext(): Promise<void> {
    await setImmediate();
    const group = waiting;
    waiting = [];
    if (group.length > 1 && (await commitTogether(sql, group))) return;
    // Whatever is wrong is told to the one whose fault it is.
    for (const one of group) await commitAlone(sql, one);
  }

  return {
    dialect: sql.dialect,
    get now() {
      return sql.now;
    },
    all: (text, values) =>
      /^\s*SELECT\b/i.test(text)
        ? sql.all(text, values)
        : join((inside) => inside.all(text, values)),
    run: (text, values) => join((inside) => inside.run(text, values)),
    transaction: join,
  };
}

/** False where nothing was committed. */
async function commitTogether(sql: Sql, group: readonly WaitingWrite[]): Promise<boolean> {
  try {
    const answers = await sql.transaction(async (inside) => {
      const made: (() => void)[] = [];
      for (const one of group) made.push(await makeInSavepoint(inside, one));
      return made;
    });
    for (const answer of answers) answer();
    return true;
  } catch {
    return false;
  }
}

/** @throws where SQLite has rolled back everything, as it does when the disk is full */
async function makeInSavepoint(sql: Sql, { make, reject }: WaitingWrite): Promise<() => void> {
  await sql.run("SAVEPOINT one");
  try {
    const answer = await make(sql);
    await sql.run("RELEASE one");
    return answer;
  } catch (error) {
    await sql.run("ROLLBACK TO one");
    await sql.run("RELEASE one");
    return () => reject(error);
  }
}

async function commitAlone(sql: Sql, { make, reject }: WaitingWrite): Promise<void> {
  try {
    const answer = await sql.transaction(make);
    answer();
  } catch (error) {
    reject(error);
  }
}
