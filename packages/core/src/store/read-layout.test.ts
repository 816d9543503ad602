import { expect, test } from "bun:test";
import { TemporaryFolder } from "../testing/temporary-folder.ts";
import { openStore } from "./open-store.ts";
import { readLayout } from "./read-layout.ts";

test("readLayout() of a store that was only looked at tells what is to be made, and makes nothing", async () => {
  using folder = new TemporaryFolder();
  const place = { stateDir: folder.path };
  for (const _ of [1, 2]) {
    await using looked = await openStore({ ...place, migrates: false });
    const { made, known, engine } = await readLayout(looked.sql);
    expect({ made, engine }).toEqual({ made: 0, engine: expect.stringMatching(/^SQLite 3\.\d+/) });
    expect(known).toBeGreaterThan(0);
  }
  await using store = await openStore(place);
  const { made, known } = await readLayout(store.sql);
  expect(made).toBe(known);
});
