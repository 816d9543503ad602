import { expect, test } from "bun:test";
import { readDefaultFile } from "../../map/defaults.ts";
import { parseMapping } from "../../map/parse/parse-mapping.ts";
import { formatTime } from "../incident-list.ts";
import type { IncidentSelector, SourceResource } from "../selection.ts";
import { planListing } from "./plan-listing.ts";

const now = Date.parse("2026-03-31T12:00:00.500Z");
const end = "2026-03-31T12:00:01Z";

type Parameters = NonNullable<IncidentSelector["apiQueryParams"]>;

function rangeOf(apiQueryParams: Parameters): (string | undefined)[] {
  const { range } = planListing({ kind: "incidents", selector: { apiQueryParams } }, now);
  return [range?.since, range?.until].map((time) =>
    time === undefined ? undefined : formatTime(time),
  );
}

test.each<[Parameters, string | undefined, string]>([
  [{}, "2026-02-28T12:00:00Z", end],
  [{ date_range: "all" }, undefined, end],
  [{ date_range: "all", since: "2026-01-01", until: "2026-01-02" }, undefined, end],
  // PagerDuty itself would end this a month later.
  [{ since: "2024-01-01T00:00:00Z" }, "2024-01-01T00:00:00Z", end],
  [{ until: "2026-01-31T00:00:00Z" }, "2025-12-31T00:00:00Z", "2026-01-31T00:00:00Z"],
  [{ since: "2026-01-01", until: "2026-01-02" }, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"],
  [{ since: "2026-01-01T00:00+02:00" }, "2025-12-31T22:00:00Z", end],
  [{ since: "2026-01-01", time_zone: "Europe/Berlin" }, "2025-12-31T23:00:00Z", end],
  [{ since: "2025-07-01 10:00:00", time_zone: "Europe/Berlin" }, "2025-07-01T08:00:00Z", end],
  [{ since: "2026-01-01T00:00:00Z", time_zone: "Europe/Berlin" }, "2026-01-01T00:00:00Z", end],
])("planListing() reads incidents of %p from %s to %s", (parameters, since, until) => {
  expect(rangeOf(parameters)).toEqual([since, until]);
});

test("planListing() refuses incidents that are to begin after their end", () => {
  expect(() => rangeOf({ since: "2026-01-02", until: "2026-01-01" })).toThrow(
    "since must be before until: they are '2026-01-02' and '2026-01-01'",
  );
});

test("planListing() tells what an incident is asked with from what is told from it", () => {
  const plan = planListing(
    {
      kind: "incidents",
      selector: {
        apiQueryParams: {
          include: ["users", "assignees", "users"],
          statuses: ["triggered"],
          urgencies: ["high"],
          service_ids: ["S1"],
          team_ids: ["T1"],
          user_ids: ["U1"],
          incident_key: "key",
          sort_by: "created_at:desc",
        },
        incidentAnalytics: true,
        includeCustomFields: true,
      },
    },
    now,
  );
  expect(plan).toMatchObject({
    query: [
      ["include[]", "assignees"],
      ["include[]", "users"],
      ["incident_key", "key"],
    ],
    objectQuery: [
      ["include[]", "assignees"],
      ["include[]", "users"],
    ],
    filters: {
      statuses: ["triggered"],
      urgencies: ["high"],
      serviceIds: ["S1"],
      teamIds: ["T1"],
      assigneeIds: ["U1"],
    },
    incidentKey: "key",
    enrichments: [{ key: "__analytics" }, { key: "__custom_fields" }],
  });
});

test.each([
  [{}, ["__oncall_user", "__analytics"], 3, 0],
  [{ serviceAnalytics: false }, ["__oncall_user"], undefined, 0],
  [{ serviceAnalytics: false, analyticsMonthsPeriod: 40 }, ["__oncall_user"], undefined, 0],
  [{ analyticsMonthsPeriod: 12 }, ["__oncall_user", "__analytics"], 12, 0],
  [{ analyticsMonthsPeriod: 13 }, ["__oncall_user", "__analytics"], 12, 1],
  [{ includeCustomFields: true }, ["__oncall_user", "__analytics", "__custom_fields"], 3, 0],
])("planListing() of services with %p adds %p", (selector, keys, months, warnings) => {
  const plan = planListing({ kind: "services", selector }, now);
  const added: readonly string[] = plan.enrichments.map(({ key }) => key);
  expect(added).toEqual(keys);
  const analytics = plan.enrichments.find(({ key }) => key === "__analytics");
  expect(analytics).toEqual(months === undefined ? undefined : { key: "__analytics", months });
  expect(plan.warnings).toHaveLength(warnings);
});

test.each([
  [undefined, [], 0],
  [null, [], 0],
  [
    {},
    [
      ["include[]", "users"],
      ["since", "2026-03-31T12:00:00Z"],
      ["until", "2026-06-29T11:59:00Z"],
    ],
    0,
  ],
  [
    { include: [], since: 1, until: 1 },
    [
      ["since", "2026-03-01T12:00:00Z"],
      ["until", "2026-04-30T12:00:00Z"],
    ],
    0,
  ],
  [
    { include: ["schedules"], until: 12 },
    [
      ["include[]", "schedules"],
      ["since", "2026-03-31T12:00:00Z"],
      ["until", "2026-06-29T11:59:00Z"],
    ],
    1,
  ],
])("planListing() asks for on-calls of %p with %p", (apiQueryParams, query, warnings) => {
  const plan = planListing({ kind: "oncalls", selector: { apiQueryParams } }, now);
  expect(plan.query.map(([name, value]) => [name, value])).toEqual(query);
  expect(plan.warnings).toHaveLength(warnings);
});

test("planListing() renders schedules by months ago and ahead", () => {
  const apiQueryParams = {
    include: ["final_schedule"],
    since: 1,
    until: 2,
    time_zone: "Asia/Tokyo",
  };
  const plan = planListing({ kind: "schedules", selector: { apiQueryParams } }, now);
  expect(plan.query).toEqual([
    ["include[]", "final_schedule"],
    ["since", "2026-03-01T12:00:00Z"],
    ["until", "2026-05-30T12:00:00Z"],
    ["time_zone", "Asia/Tokyo"],
  ]);
  expect(plan.objectQuery).toEqual(plan.query.slice(1));
  expect(plan.leftOut).toEqual(["overrides_subschedule", "schedule_layers"]);
  expect(plan.warnings).toEqual([]);
  // What shift-based ones gave for one zone does not do for another.
  const asked = [undefined, "Asia/Tokyo", "Europe/Oslo"].flatMap((time_zone) =>
    [undefined, ["final_schedule"]].map((include) => {
      const selector = { apiQueryParams: { include, time_zone } };
      return planListing({ kind: "schedules", selector }, now).shifts.asked;
    }),
  );
  expect(asked.slice(0, 2)).toEqual(["", '["final_schedule",null,null]']);
  expect(new Set(asked).size).toBe(6);
});

test("planListing() leaves users of escalation policies to PagerDuty, teams to the policy itself", () => {
  const apiQueryParams = { include: ["targets"], team_ids: ["T1"], user_ids: ["U2", "U1"] };
  const selector = { apiQueryParams, attachOncallUsers: false };
  expect(planListing({ kind: "escalation_policies", selector }, now)).toMatchObject({
    query: [
      ["include[]", "targets"],
      ["user_ids[]", "U1"],
      ["user_ids[]", "U2"],
    ],
    objectQuery: [["include[]", "targets"]],
    filters: { teamIds: ["T1"] },
    enrichments: [],
  });
});

test("planListing() takes the resources of a parsed mapping as they are", async () => {
  const text = readDefaultFile("mapping.yaml");
  const resources: readonly SourceResource[] = (await parseMapping(text)).resources;
  expect(resources.map(({ selection }) => planListing(selection, now).kind)).toEqual(
    resources.map(({ selection }) => selection.kind),
  );
});
