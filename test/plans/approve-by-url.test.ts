import { expect, test } from "bun:test";
import { createFakeOperations } from "../../packages/core/src/testing/fake-operations.ts";
import { runHere } from "../support/run-here.ts";
import { operationsSecret, serveOperations } from "../support/serve-operations.ts";

test("deletions approve --url is done, and says so, where the server could ask for no run", async () => {
  const operations = createFakeOperations(0);
  await using server = serveOperations({
    ...operations,
    approvePlan: async (id, decision) => ({
      ...(await operations.approvePlan(id, decision)),
      isRunAsked: false,
    }),
  });
  const { code, stdout, stderr } = await runHere(
    ["deletions", "approve", "7", "--json", "--url", server.url],
    { cwd: "/nowhere", env: { PAGERPORT_API_TOKEN: operationsSecret } },
  );
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    { command: "deletions approve", id: 7, changed: 2, already: 0, isRunAsked: false },
  ]);
  expect(stderr).toBe(
    "Approved 2 of plan 7.\nIt holds for 24 hours, but no run could be asked for at once: the next full one carries it out, be it by 'pagerport sync'.\n",
  );
});
