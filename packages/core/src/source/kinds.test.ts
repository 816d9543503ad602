import { expect, test } from "bun:test";
import { kinds as mappedKinds } from "../map/parse/kinds.ts";
import { failureOf } from "../testing/failure-of.ts";
import { ScriptedPagerDuty } from "../testing/scripted-pagerduty.ts";
import { findKind, identifyOncall, kindNames } from "./kinds.ts";
import type { PagerDutyAnswer, PagerDutyClient, Query } from "./pagerduty-client.ts";
import { readKind } from "./read-kind.ts";

test("findKind() knows every kind that a mapping may name, and no other", () => {
  expect(kindNames.toSorted()).toEqual([...mappedKinds].toSorted());
});

test.each([
  ["users", "/users", "users"],
  ["escalation_policies", "/escalation_policies", "escalation_policies"],
  ["event_orchestrations", "/event_orchestrations", "orchestrations"],
  ["audit/records", "/audit/records", "records"],
  ["automation_actions/runners", "/automation_actions/runners", "runners"],
  ["incidents/types", "/incidents/types", "incident_types"],
  ["incidents/custom_fields", "/incidents/custom_fields", "fields"],
  ["v3/schedules", "/v3/schedules", "schedules"],
] as const)("findKind() reads %s at %s as '%s'", (name, path, wrapper) => {
  expect(findKind(name)).toMatchObject({ name, path, wrapper });
});

test("identifyOncall() tells on-calls by six fields, absent ones as null", () => {
  const oncall = {
    escalation_policy: { id: "P1", summary: "One" },
    escalation_level: 2,
    schedule: null,
    user: { id: "U1" },
    start: null,
    end: null,
  };
  expect(identifyOncall(oncall)).toBe(
    identifyOncall({ ...oncall, escalation_policy: { id: "P1" } }),
  );
  expect(identifyOncall(oncall)).toBe('["P1",2,null,"U1",null,null]');
  for (const other of [
    { escalation_policy: { id: "P2" } },
    { escalation_level: 1 },
    { schedule: { id: "S1" } },
    { user: { id: "U2" } },
    { start: "2026-01-01T00:00:00Z" },
    { end: "2026-01-01T00:00:00Z" },
  ]) {
    expect(identifyOncall({ ...oncall, ...other })).not.toBe(identifyOncall(oncall));
  }
});

/** A list in pages that only a mark leads through. */
function createMarked(
  pages: readonly Record<string, unknown>[],
  field: string,
): { client: PagerDutyClient; queries: Query[] } {
  const queries: Query[] = [];
  const get = (_path: string, query: Query): Promise<PagerDutyAnswer> => {
    queries.push(query);
    const mark = query.find(([name]) => name === "cursor" || name === "after")?.[1];
    const place = mark === undefined ? 0 : Number(mark);
    const next = place + 1 < pages.length ? String(place + 1) : null;
    return Promise.resolve({ body: { [field]: next, ...pages[place] }, date: undefined });
  };
  return { client: { get, ask: () => Promise.reject(new Error("Not asked")) }, queries };
}

test.each([
  ["audit/records", "next_cursor", "cursor", "records"],
  ["alert_grouping_settings", "after", "after", "alert_grouping_settings"],
] as const)("readKind() follows the marks of %s", async (name, field, parameter, wrapper) => {
  const rows = [["A", "B"], ["C"], []].map((ids) => ({ [wrapper]: ids.map((id) => ({ id })) }));
  const { client, queries } = createMarked(rows, field);
  const reading = await readKind(client, name, [["since", "x"]]);
  expect(reading).toEqual({
    rows: [{ id: "A" }, { id: "B" }, { id: "C" }],
    complete: true,
    reason: "",
  });
  expect(queries).toEqual([
    [
      ["since", "x"],
      ["limit", "100"],
    ],
    [
      ["since", "x"],
      ["limit", "100"],
      [parameter, "1"],
    ],
    [
      ["since", "x"],
      ["limit", "100"],
      [parameter, "2"],
    ],
  ]);
});

test("readKind() ends at a mark that leads in a circle, incomplete", async () => {
  const page = { records: [{ id: "A" }], next_cursor: "0" };
  const { client, queries } = createMarked([page], "next_cursor");
  const reading = await readKind(client, "audit/records", []);
  expect(reading.complete).toBe(false);
  expect(queries).toHaveLength(2);
});

test("readKind() reads a list without pages with one request", async () => {
  const host = new ScriptedPagerDuty();
  host.answers = { "/incidents/types": { incident_types: [{ id: "T1" }] } };
  const reading = await readKind(host, "incidents/types", []);
  expect(reading).toEqual({ rows: [{ id: "T1" }], complete: true, reason: "" });
  expect(host.requests).toEqual([{ path: "/incidents/types", query: [] }]);
});

test("readKind() names a list without pages that says it has more", async () => {
  const host = new ScriptedPagerDuty();
  host.answers = { "/standards": { standards: [{ id: "T1" }], more: true } };
  expect(await readKind(host, "standards", [])).toMatchObject({ complete: false });
});

test("readKind() refuses an answer without the list", async () => {
  const host = new ScriptedPagerDuty();
  host.answers = { "/teams": { groups: [] } };
  const error = await failureOf(readKind(host, "teams", []));
  expect(error.message).toContain("has no list 'teams': it has groups");
});

test("readKind() names a list beyond 10,000 rows incomplete", async () => {
  const host = new ScriptedPagerDuty();
  host.lists = { users: Array.from({ length: 10_001 }, (_, place) => ({ id: `U${place}` })) };
  const { rows, complete, reason } = await readKind(host, "users", []);
  expect(rows).toHaveLength(10_000);
  expect({ complete, reason }).toEqual({
    complete: false,
    reason: "it has 10001 rows, and PagerDuty gives out the first 10000 only",
  });
});
