import { expect, test } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { databaseSorts } from "../../testing/test-databases.ts";
import { createPostgresDatabase } from "../../testing/test-postgres.ts";
import { TemporaryFolder } from "../../testing/temporary-folder.ts";
import { openStore } from "../open-store.ts";
import { createPostgresPins, createStorePins } from "./database-pins.ts";
import { createFilePins } from "./file-pins.ts";

for (const [sort, createDatabase] of databaseSorts) {
  test(`pins are remembered by integration, each host by itself (${sort})`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const makers = [createStorePins, ...(sort === "PostgreSQL" ? [createPostgresPins] : [])];
    for (const create of makers) {
      const [mine, other] = ["mine", "other"].map((integrationIdentifier) =>
        create({ sql, integrationIdentifier }),
      );
      expect(await mine?.read()).toEqual({});
      await mine?.keep({ account: "acme.pagerduty.com" });
      await mine?.keep({ portOrg: "org_1" });
      expect(await mine?.read()).toEqual({ account: "acme.pagerduty.com", portOrg: "org_1" });
      await mine?.keep({ account: "new.pagerduty.com" });
      expect(await create({ sql, integrationIdentifier: "mine" }).read()).toEqual({
        account: "new.pagerduty.com",
        portOrg: "org_1",
      });
      expect(await other?.read()).toEqual({});
    }
  });
}

test("createPostgresPins() makes its table once, however many processes begin at a time", async () => {
  const databaseUrl = await createPostgresDatabase();
  const stores = await Promise.all([1, 2, 3, 4].map(() => openStore({ databaseUrl })));
  const pins = stores.map(({ sql }) => createPostgresPins({ sql, integrationIdentifier: "mine" }));
  await Promise.all(pins.map((one) => one.keep({ portOrg: "org_1" })));
  const read = await Promise.all(pins.map((one) => one.read()));
  for (const store of stores) await store[Symbol.asyncDispose]();
  expect(read).toEqual([1, 2, 3, 4].map(() => ({ account: undefined, portOrg: "org_1" })));
});

test("createFilePins() has a file for each integration, whatever it is called", async () => {
  using folder = new TemporaryFolder();
  const stateDir = folder.file("deep/state");
  for (const integrationIdentifier of ["a/b", "a_b", "../c", "é"]) {
    const pins = createFilePins({ stateDir, integrationIdentifier });
    expect(await pins.read()).toEqual({});
    await pins.keep({ account: `${integrationIdentifier}.pagerduty.com` });
    expect(await pins.read()).toEqual({ account: `${integrationIdentifier}.pagerduty.com` });
  }
  expect(readdirSync(stateDir)).toHaveLength(4);
});

test("createFilePins() says what to do about a file that cannot be read", async () => {
  using folder = new TemporaryFolder();
  const pins = createFilePins({ stateDir: folder.path, integrationIdentifier: "mine" });
  await pins.keep({ account: "acme.pagerduty.com" });
  const [name = ""] = readdirSync(folder.path);
  writeFileSync(folder.file(name), "{");
  expect(pins.read()).rejects.toThrow(
    `Cannot read ${folder.file(name)}, which says whose account and organisation this integration belongs to: `,
  );
});

test("createFilePins() remembers nothing where the folder cannot be made, and breaks nothing", async () => {
  using folder = new TemporaryFolder();
  writeFileSync(folder.file("state"), "");
  const pins = createFilePins({ stateDir: folder.file("state"), integrationIdentifier: "mine" });
  await pins.keep({ account: "acme.pagerduty.com" });
  expect([await pins.read(), existsSync(folder.file("state"))]).toEqual([{}, true]);
});
