import { expect, test } from "bun:test";
import { databaseSorts } from "../testing/test-databases.ts";
import { forgetSecret, keepSecret, readSecrets } from "./secrets.ts";

for (const [name, createDatabase] of databaseSorts) {
  test(`secrets are kept by purpose and name, replaced and forgotten, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    await keepSecret(sql, "webhook", { name: "P1", value: "first" });
    await keepSecret(sql, "webhook", { name: "P1", value: "second" });
    await keepSecret(sql, "webhook", { name: "P2", value: "third" });
    await keepSecret(sql, "other", { name: "P1", value: "fourth" });
    expect(await readSecrets(sql, "webhook")).toEqual(
      new Map([
        ["P1", "second"],
        ["P2", "third"],
      ]),
    );
    await forgetSecret(sql, "webhook", "P1");
    expect([...(await readSecrets(sql, "webhook")).keys()]).toEqual(["P2"]);
    expect((await readSecrets(sql, "other")).size).toBe(1);
  });
}
