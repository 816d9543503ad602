import { expect, test } from "bun:test";
import { cpSync, writeFileSync } from "node:fs";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { databaseSorts } from "../../packages/core/src/testing/test-databases.ts";
import { endOptions, runtimes } from "../support/runtimes.ts";

const objects = ["incidents/Q1", "incidents/Q2"];

for (const [name, runtime] of Object.entries(runtimes)) {
  for (const [sort, createDatabase] of databaseSorts) {
    test(
      `the store works unbuilt on ${name}, in ${sort}`,
      async () => {
        await using database = await createDatabase();
        const script = `${import.meta.dir}/store-smoke.ts`;
        const child = Bun.spawn([...runtime, script, JSON.stringify(database.place)], {
          stdout: "pipe",
          stderr: "pipe",
        });
        const printed = await new Response(child.stdout).text();
        const errors = await new Response(child.stderr).text();
        expect(errors.replaceAll(/^.*ExperimentalWarning: SQLite.*\n.*\n/gm, "")).toBe("");
        expect(JSON.parse(printed)).toEqual({
          isPersistent: true,
          holder: "smoke",
          held: objects,
          isRenewed: true,
          stale: objects,
          producers: ["incidents/Q1"],
          withheld: ["nothing"],
        });
        expect(await child.exited).toBe(0);
      },
      endOptions(name),
    );
  }
}

test("the store in SQLite needs no library: none is loaded for it", async () => {
  using folder = new TemporaryFolder();
  // Outside of the workspace nothing is installed, so that loading any would fail.
  const root = `${import.meta.dir}/../..`;
  cpSync(`${root}/packages/core/src`, folder.file("packages/core/src"), { recursive: true });
  cpSync(`${import.meta.dir}/store-smoke.ts`, folder.file("test/runtimes/store-smoke.ts"));
  writeFileSync(folder.file("package.json"), '{ "type": "module" }');
  const script = folder.file("test/runtimes/store-smoke.ts");
  const child = Bun.spawn([...(runtimes["Node 22"] ?? []), script, "{}"], {
    stdout: "pipe",
    stderr: "ignore",
  });
  expect(JSON.parse(await new Response(child.stdout).text())).toMatchObject({ held: objects });
});
