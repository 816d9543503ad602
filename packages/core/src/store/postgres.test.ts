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
