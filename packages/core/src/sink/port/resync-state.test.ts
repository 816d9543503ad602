import { expect, test } from "bun:test";
import { ScriptedPort } from "../../testing/scripted-port.ts";
import { reportResyncEnd, reportResyncStart } from "./resync-state.ts";

const integrationIdentifier = "mine";
const startedAt = Date.UTC(2026, 5, 30, 12);
const endedAt = startedAt + 90_000;
const schedule = { next: startedAt + 3_600_000, intervalMinutes: 60 };

test("reportResyncStart() and reportResyncEnd() use Ocean's own keys", async () => {
  const port = new ScriptedPort();
  await reportResyncStart(port, { integrationIdentifier, startedAt, schedule });
  await reportResyncEnd(port, { integrationIdentifier, status: "completed", endedAt, schedule });
  await reportResyncStart(port, { integrationIdentifier, startedAt });
  await reportResyncEnd(port, { integrationIdentifier, status: "aborted", endedAt });

  const scheduled = { nextResync: "2026-06-30T13:00:00.000Z", intervalInMinuets: 60 };
  const unscheduled = { nextResync: null, intervalInMinuets: null };
  const running = {
    status: "running",
    lastResyncEnd: null,
    lastResyncStart: "2026-06-30T12:00:00.000Z",
  };
  const lastResyncEnd = "2026-06-30T12:01:30.000Z";
  expect(port.requests.map(({ body }) => body)).toEqual([
    { ...running, ...scheduled },
    { status: "completed", lastResyncEnd, ...scheduled },
    { ...running, ...unscheduled },
    { status: "aborted", lastResyncEnd, ...unscheduled },
  ]);
  expect(port.requests[0]).toMatchObject({
    method: "PATCH",
    path: "/integration/mine/resync-state",
  });
});
