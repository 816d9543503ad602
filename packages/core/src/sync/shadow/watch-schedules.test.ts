import { expect, test } from "bun:test";
import type { PagerDutyClient } from "../../source/pagerduty-client.ts";
import { watchSchedules } from "./watch-schedules.ts";

test("watchSchedules() remembers what the list of newer schedules holds, page by page", async () => {
  const bodies: Record<string, unknown>[] = [
    { schedules: [{ id: "A" }, { id: 5 }, null] },
    { schedules: [{ id: "B" }] },
    { schedules: [{ id: "OLD" }] },
    { schedule: { id: "ONE" } },
    {},
  ];
  const answer = (): ReturnType<PagerDutyClient["get"]> =>
    Promise.resolve({ body: bodies.shift() ?? {}, date: undefined });
  const watched = watchSchedules({ get: answer, ask: answer });
  for (const path of ["/v3/schedules", "/v3/schedules", "/schedules", "/v3/schedules/ONE"]) {
    await watched.client.get(path, []);
  }
  await watched.client.get("/v3/schedules", []);
  expect(watched.newer()).toEqual(["A", "B"]);
});
