import { expect, test } from "bun:test";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { startPortal } from "../support/start-portal.ts";

test("the webhook takes the bytes as they came, JSON or not", async () => {
  await using sandbox = await startSandbox({ services: 3, incidents: 20 });
  const database = { client: "better-sqlite3", connection: ":memory:" };
  await using portal = await startPortal(sandbox, { database });
  for (const body of ["{", "[]", "x", `{ "event" : 1.10 }`]) {
    const response = await portal.post(body);
    expect([body, response.status]).toEqual([body, 202]);
  }
});
