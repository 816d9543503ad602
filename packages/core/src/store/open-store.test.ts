import { expect, test } from "bun:test";
import { statSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { ConfigError, FileError } from "../errors.ts";
import { failureOf } from "../testing/failure-of.ts";
import { TemporaryFolder } from "../testing/temporary-folder.ts";
import { databaseSorts } from "../testing/test-databases.ts";
import { openStore } from "./open-store.ts";
import { keepSecret, readSecrets } from "./secrets.ts";

for (const [name, createDatabase] of databaseSorts) {
  test(`openStore() finds again what was kept, on ${name}`, async () => {
    await using database = await createDatabase();
    const first = await database.open();
    await keepSecret(first.sql, "webhook", { name: "P1", value: "s3cret" });
    await first[Symbol.asyncDispose]();
    const second = await database.open();
    expect(await readSecrets(second.sql, "webhook")).toEqual(new Map([["P1", "s3cret"]]));
    expect([second.isPersistent, second.warning]).toEqual([true, undefined]);
  });

  test(`openStore() keeps stores of different names apart on ${name}`, async () => {
    await using database = await createDatabase();
    const one = await openStore({ ...database.place, name: "one" });
    const [other, again] = await Promise.all([
      openStore({ ...database.place, name: "other" }),
      openStore({ ...database.place, name: "other" }),
    ]);
    await keepSecret(one.sql, "webhook", { name: "P1", value: "s3cret" });
    await keepSecret(other.sql, "webhook", { name: "P2", value: "t0ken" });
    expect([...(await readSecrets(one.sql, "webhook")).keys()]).toEqual(["P1"]);
    expect([...(await readSecrets(again.sql, "webhook")).keys()]).toEqual(["P2"]);
    for (const store of [one, other, again]) await store[Symbol.asyncDispose]();
  });
}

test("openStore() makes a file that nobody else may read, durable and in WAL mode", async () => {
  using folder = new TemporaryFolder();
  const stateDir = folder.file("deep/state");
  await using store = await openStore({ stateDir });
  expect(store.place).toBe(`${stateDir}/pagerport.sqlite`);
  for (const file of [store.place, `${store.place}-wal`]) {
    expect(statSync(file).mode & 0o777).toBe(0o600);
  }
  expect(await store.sql.all("PRAGMA journal_mode")).toEqual([{ journal_mode: "wal" }]);
  expect(await store.sql.all("PRAGMA synchronous")).toEqual([{ synchronous: 2 }]);
  expect(await store.sql.all("PRAGMA page_size")).toEqual([{ page_size: 8192 }]);
});

test("openStore() is in memory and says why where the folder cannot be written", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.file("file"), "no folder");
  for (const stateDir of [folder.file("file"), "/proc/pagerport", undefined]) {
    await using store = await openStore({ stateDir });
    expect(store.isPersistent).toBe(false);
    expect(store.warning).toContain(stateDir ?? "No folder");
    await keepSecret(store.sql, "webhook", { name: "P1", value: "s3cret" });
    expect((await readSecrets(store.sql, "webhook")).size).toBe(1);
  }
});

test("openStore() refuses a file that is no database, and leaves it as it is", async () => {
  using folder = new TemporaryFolder();
  const text = "something else, long enough to be seen as such\n".repeat(30);
  writeFileSync(folder.file("pagerport.sqlite"), text);
  const error = await failureOf(openStore({ stateDir: folder.path }));
  expect(error).toBeInstanceOf(FileError);
  expect(error.message).toContain(folder.file("pagerport.sqlite"));
  expect(await Bun.file(folder.file("pagerport.sqlite")).text()).toBe(text);
});

test("openStore() names a database that cannot be used, without its password", async () => {
  const cases = [
    ["postgres://me:hunter2@127.0.0.1:9/db", "postgres://127.0.0.1:9/db"],
    ["mysql://me:hunter2@host/db", "must be like postgres://"],
    ["hunter2", "must be like postgres://"],
  ] as const;
  for (const [databaseUrl, told] of cases) {
    const error = await failureOf(openStore({ databaseUrl }));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toHaveProperty("setting", "PAGERPORT_DATABASE_URL");
    expect(error.message).toContain(told);
    expect(error.message).not.toContain("hunter2");
  }
  const name = 'x"; DROP';
  const error = await failureOf(openStore({ databaseUrl: "postgres://host/db", name }));
  expect(error.message).toContain(name);
});

test("openStore() waits while another process writes", async () => {
  using folder = new TemporaryFolder();
  await (await openStore({ stateDir: folder.path }))[Symbol.asyncDispose]();
  const other = new DatabaseSync(folder.file("pagerport.sqlite"));
  other.exec("BEGIN IMMEDIATE");
  const opening = openStore({ stateDir: folder.path });
  await Bun.sleep(20);
  other.exec("COMMIT");
  other.close();
  await using store = await opening;
  expect(store.isPersistent).toBe(true);
});
