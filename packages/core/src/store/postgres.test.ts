import { expect, test } from "bun:test";
import { connect, createServer, type Socket } from "node:net";
import { failureOf } from "../testing/failure-of.ts";
import { createPostgresDatabase } from "../testing/test-postgres.ts";
import { openPostgres } from "./postgres.ts";

/** A way to the database that can be cut, as a failing network or a restarting server does. */
async function createWay(url: string): Promise<{ url: string; cut(): void; mend(): void }> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((socket) => {
    const onward = connect(Number(target.port), target.hostname);
    for (const end of [socket, onward]) {
      sockets.add(end);
      end.on("error", () => undefined);
    }
    socket.pipe(onward).pipe(socket);
    if (isCut) for (const end of [socket, onward]) end.destroy();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  server.unref();
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("No port");
  const way = new URL(url);
  way.port = String(address.port);
  return {
    url: way.href,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend() {
      isCut = false;
    },
  };
}

test("a broken connection fails what runs on it, and nothing once the database is back", async () => {
  const way = await createWay(await createPostgresDatabase());
  await using sql = openPostgres(way.url);
  await sql.run("CREATE TABLE sample (a BIGINT)");
  for (let turn = 0; turn < 3; turn += 1) {
    // Idle connections, a statement that runs, and a transaction between two statements.
    await Promise.all([sql.all("SELECT 1"), sql.all("SELECT 1"), sql.all("SELECT 1")]);
    const running = failureOf(sql.all("SELECT pg_sleep(10)"));
    const transaction = failureOf(
      sql.transaction(async (inside) => {
        await inside.run("INSERT INTO sample VALUES (1)");
        way.cut();
        await Bun.sleep(10);
        await inside.run("INSERT INTO sample VALUES (2)");
      }),
    );
    expect(await running).toBeInstanceOf(Error);
    expect(await transaction).toBeInstanceOf(Error);
    expect(await failureOf(sql.all("SELECT 1"))).toBeInstanceOf(Error);
    way.mend();
    expect(await sql.all("SELECT a FROM sample")).toEqual([]);
  }
});

test("a connection that the server ends between two statements of a transaction is given up", async () => {
  const url = await createPostgresDatabase();
  await using sql = openPostgres(url);
  const error = await failureOf(
    sql.transaction(async (inside) => {
      const [row] = await inside.all("SELECT pg_backend_pid() AS pid");
      await sql.all("SELECT pg_terminate_backend(CAST(? AS INTEGER))", [Number(row?.["pid"])]);
      await Bun.sleep(10);
      await inside.all("SELECT 1");
    }),
  );
  expect(error).toBeInstanceOf(Error);
  expect(await sql.all("SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("a transaction that stands still is ended, and what it had locked is free for others", async () => {
  const url = await createPostgresDatabase();
  await using frozen = openPostgres(url, { standstill: 200 });
  await using other = openPostgres(url);
  await other.run("CREATE TABLE sample (a BIGINT)");
  await other.run("INSERT INTO sample VALUES (1)");
  const isLocked = Promise.withResolvers<void>();
  const mayGoOn = Promise.withResolvers<void>();
  const transaction = failureOf(
    frozen.transaction(async (inside) => {
      await inside.run("UPDATE sample SET a = 2");
      isLocked.resolve();
      await mayGoOn.promise;
      await inside.run("UPDATE sample SET a = 3");
    }),
  );
  await isLocked.promise;
  await other.run("UPDATE sample SET a = a + 10");
  mayGoOn.resolve();
  expect(await transaction).toBeInstanceOf(Error);
  expect(await other.all("SELECT a FROM sample")).toEqual([{ a: "11" }]);
  // Its connection is replaced, and one that works is not ended however long it takes.
  await frozen.transaction(async (inside) => {
    await inside.all("SELECT pg_sleep(0.4)");
    await inside.run("UPDATE sample SET a = 4");
  });
  expect(Number((await other.all("SELECT a FROM sample"))[0]?.["a"])).toBe(4);
});

test("new connections have the user that the address names by now, of the same database alone", async () => {
  const url = await createPostgresDatabase();
  const other = await createPostgresDatabase();
  const as = (address: string, user: string): string => {
    const changed = new URL(address);
    Object.assign(changed, { username: user, password: "another" });
    return changed.href;
  };
  let latest: string | Error = url;
  await using sql = openPostgres(url, {
    readUrl: () => {
      if (latest instanceof Error) throw latest;
      return latest;
    },
  });
  const name = `rotated_${crypto.randomUUID().replaceAll("-", "")}`;
  await sql.run(`CREATE ROLE ${name} LOGIN SUPERUSER PASSWORD 'another'`);
  const ask = async (): Promise<unknown[]> => {
    const rows = await sql.all("SELECT current_user AS name, current_database() AS place");
    return Object.values(rows[0] ?? {});
  };
  const [first, place] = await ask();
  /** Ends all connections, as a server does whose passwords are changed. */
  const end = async (): Promise<void> => {
    await using others = openPostgres(url);
    await others.all(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ? AND pid <> pg_backend_pid()",
      [String(place)],
    );
  };
  latest = as(url, name);
  expect(await ask()).toEqual([first, place]);
  await end();
  expect(await askUntilAnswered(ask)).toEqual([name, place]);
  for (const wrong of [new Error("no such file"), as(other, name), "nonsense"]) {
    latest = wrong;
    await end();
    expect(await askUntilAnswered(ask)).toEqual([name, place]);
  }
  latest = url;
  await end();
  expect(await askUntilAnswered(ask)).toEqual([first, place]);
  await sql.run(`DROP ROLE ${name}`);
});

/** A connection that was ended may be found out by the first that uses it. */
async function askUntilAnswered<Value>(ask: () => Promise<Value>): Promise<Value> {
  try {
    return await ask();
  } catch {
    return ask();
  }
}
