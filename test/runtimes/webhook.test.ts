import { expect, test } from "bun:test";
import { databaseSorts } from "../../packages/core/src/testing/test-databases.ts";
import { endOptions, runtimes } from "../support/runtimes.ts";

for (const [name, runtime] of Object.entries(runtimes)) {
  for (const [sort, createDatabase] of databaseSorts) {
    test(
      `webhooks are received unbuilt on ${name}, into ${sort}`,
      async () => {
        await using database = await createDatabase();
        const script = `${import.meta.dir}/webhook-smoke.ts`;
        const child = Bun.spawn([...runtime, script, JSON.stringify(database.place)], {
          stdout: "pipe",
          stderr: "pipe",
        });
        const printed = await new Response(child.stdout).text();
        const errors = await new Response(child.stderr).text();
        expect(errors.replaceAll(/^.*ExperimentalWarning: SQLite.*\n.*\n/gm, "")).toBe("");
        expect(JSON.parse(printed)).toEqual({
          answers: [
            [202, "accepted"],
            [202, "known"],
            [202, "known"],
            [401, "refused"],
            [413, "refused"],
            "HTTP/1.1 413",
            "HTTP/1.1 408",
          ],
          keys: ["incidents/Q1", "services/PS1"],
          waiting: 0,
        });
        expect(await child.exited).toBe(0);
      },
      endOptions(name),
    );
  }
}
