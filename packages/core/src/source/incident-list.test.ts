import { expect, test } from "bun:test";
import { failureOf } from "../testing/failure-of.ts";
import { ScriptedPagerDuty } from "../testing/scripted-pagerduty.ts";
import { countIncidents } from "./count-incidents.ts";
import { fetchPage } from "./fetch-page.ts";
import { findHistory, formatTime, formatWindow, listIncidents } from "./incident-list.ts";
import type { PagerDutyAnswer } from "./pagerduty-client.ts";
import { countServices, readServices } from "./read-services.ts";

const day = 24 * 3600 * 1000;
const start = Date.UTC(2024, 0, 1);

function createHost(): ScriptedPagerDuty {
  const host = new ScriptedPagerDuty();
  host.incidents = [300, 2, 200].map((days, place) => ({
    id: `Q${place}`,
    incident_number: place,
    created_at: new Date(start + days * day).toISOString(),
  }));
  host.services = [{ id: "P1" }, { id: "P2" }];
  return host;
}

test("formatTime() writes whole seconds in UTC", () => {
  expect(formatTime(start + 1999)).toBe("2024-01-01T00:00:01Z");
  expect(formatWindow({ since: start, until: start + day })).toBe(
    "2024-01-01T00:00:00Z … 2024-01-02T00:00:00Z",
  );
});

test("listIncidents() always sends both bounds, UTC and the stable order", () => {
  const window = { since: start, until: start + day };
  expect(listIncidents(window).query).toEqual([
    ["since", "2024-01-01T00:00:00Z"],
    ["until", "2024-01-02T00:00:00Z"],
    ["sort_by", "incident_number:asc"],
    ["time_zone", "UTC"],
  ]);
  const { query } = listIncidents(window, { order: "desc", query: [["urgencies[]", "low"]] });
  expect(query.slice(2)).toEqual([
    ["sort_by", "incident_number:desc"],
    ["urgencies[]", "low"],
    ["time_zone", "UTC"],
  ]);
});

test("listIncidents() leaves a zone that is asked for, and its bounds in UTC", () => {
  const window = { since: start, until: start + day };
  const { query } = listIncidents(window, { query: [["time_zone", "Asia/Tokyo"]] });
  expect(query).toEqual([
    ["since", "2024-01-01T00:00:00Z"],
    ["until", "2024-01-02T00:00:00Z"],
    ["sort_by", "incident_number:asc"],
    ["time_zone", "Asia/Tokyo"],
  ]);
});

test("findHistory() finds the oldest incident and the number of all with one request", async () => {
  const host = createHost();
  expect(await findHistory(host)).toMatchObject({
    start: start + 2 * day,
    count: 3,
    firstIncident: { id: "Q1" },
  });
  expect(host.requests).toHaveLength(1);
});

test("findHistory() of an account without incidents has no start", async () => {
  expect(await findHistory(new ScriptedPagerDuty())).toMatchObject({ start: undefined, count: 0 });
});

test("countIncidents() adds up stretches of 180 days", async () => {
  const host = createHost();
  expect(await countIncidents(host, { since: start, until: start + 400 * day })).toBe(3);
  expect(host.requests).toHaveLength(3);
});

test("readServices() and countServices() agree", async () => {
  const host = createHost();
  expect((await readServices(host)).rows.map(({ id }) => id)).toEqual(["P1", "P2"]);
  expect(await countServices(host)).toBe(2);
});

test.each([
  [{ other: [], more: false }, "has no list 'incidents': it has other, more"],
  [{ incidents: [{ id: "Q1" }] }, "holds what is not one of its objects: Q1"],
  [{ incidents: ["text"] }, 'holds what is not one of its objects: "text"'],
  [
    { incidents: [{ id: "Q1", incident_number: 1, created_at: "soon" }] },
    "holds what is not one of its objects: Q1",
  ],
])("fetchPage() refuses the answer %j", async (body, told) => {
  const answer = (): Promise<PagerDutyAnswer> => Promise.resolve({ body, date: undefined });
  const client = { get: answer, ask: answer };
  const list = listIncidents({ since: start, until: start + day });
  const error = await failureOf(fetchPage(client, list, { offset: 0, limit: 100, total: false }));
  expect(error.message).toContain(told);
});
