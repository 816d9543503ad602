import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { createMemoryCache } from "../enrich/enrichment-cache.ts";
import { openSource } from "../sync/open-source.ts";
import { failureOf } from "../testing/failure-of.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { refuse, ScriptedPagerDuty, type ScriptedOptions } from "../testing/scripted-pagerduty.ts";
import { caseCount } from "../testing/test-size.ts";
import { matchesFilters } from "./filters.ts";
import type { Incident, PagerDutyObject } from "./objects.ts";
import type { IncidentSelector, Selection, SourceResource } from "./selection.ts";
import { planListing } from "./selectors/plan-listing.ts";
import type { Source, SourceEnd, SourcePage } from "./source.ts";

const day = 24 * 3600 * 1000;
const now = Date.UTC(2026, 2, 31, 12);

type Parameters = NonNullable<IncidentSelector["apiQueryParams"]>;

function open(host: ScriptedPagerDuty): { source: Source; events: string[] } {
  const events: string[] = [];
  const source = openSource({
    client: host,
    clock: new FakeClock(now),
    cache: createMemoryCache(),
    onEvent: (event) => {
      if (event.type === "notice") events.push(event.message);
    },
  });
  return { source, events };
}

function createHost(options: ScriptedOptions = {}): ScriptedPagerDuty {
  const host = new ScriptedPagerDuty({ date: now, ...options });
  host.lists = { oncalls: [], users: [], escalation_policies: [], schedules: [], log_entries: [] };
  return host;
}

function createIncident(number: number, age: number, fields: object = {}): Incident {
  return {
    id: `Q${number}`,
    incident_number: number,
    created_at: new Date(now - age).toISOString(),
    status: "resolved",
    urgency: "high",
    service: { id: "S1" },
    teams: [{ id: "T1" }],
    assignments: [],
    ...fields,
  };
}

function select(selections: readonly Selection[]): SourceResource[] {
  return selections.map((selection, index) => ({ index, selection }));
}

function selectIncidents(...all: readonly Parameters[]): SourceResource[] {
  return select(all.map((apiQueryParams) => ({ kind: "incidents", selector: { apiQueryParams } })));
}

async function readAll(
  source: Source,
  resources: readonly SourceResource[],
  signal?: AbortSignal,
): Promise<{ pages: SourcePage[]; end: SourceEnd }> {
  const pages: SourcePage[] = [];
  let end: SourceEnd | undefined;
  for await (const part of source.pages(resources, signal)) {
    if (part.type === "page") pages.push(part);
    else end = part;
  }
  if (end === undefined) throw new Error("The pages have no end");
  return { pages, end };
}

function objectsOf(pages: readonly SourcePage[], index: number): PagerDutyObject[] {
  return pages
    .flatMap(({ entries }) => entries.filter(({ resources }) => resources.includes(index)))
    .map(({ object }) => object);
}

function inOrder(ids: readonly unknown[]): string[] {
  return ids.map(String).toSorted();
}

function idsOf(pages: readonly SourcePage[], index: number): unknown[] {
  return objectsOf(pages, index).map(({ id }) => id);
}

const some = <Value>(...values: Value[]): fc.Arbitrary<Value[] | undefined> =>
  fc.option(fc.subarray(values), { nil: undefined });

const anyParameters: fc.Arbitrary<Parameters> = fc
  .record({
    statuses: some("triggered", "acknowledged", "resolved"),
    urgencies: some("high", "low"),
    service_ids: some("S1", "S2", "S3"),
    team_ids: some("T1", "T2"),
    user_ids: fc.option(fc.constant(["U1"]), { nil: undefined }),
    include: fc.constantFrom(undefined, undefined, ["assignees"]),
    range: fc.constantFrom<Parameters>(
      {},
      { date_range: "all" },
      { since: "2025-06-01" },
      { since: "2024-01-01" },
      { since: "2025-01-01", until: "2026-01-01" },
      { until: "2026-03-15T00:00:00Z" },
    ),
  })
  .map(({ range, ...filters }) => Object.assign({}, filters, range));

const anyIncident = fc.record({
  age: fc.oneof(fc.nat({ max: 70 * day }), fc.nat({ max: 900 * day })),
  status: fc.constantFrom("triggered", "acknowledged", "resolved"),
  urgency: fc.constantFrom("high", "low"),
  service: fc.constantFrom("S1", "S2", "S3").map((id) => ({ id })),
  teams: fc.subarray(["T1", "T2"]).map((ids) => ids.map((id) => ({ id }))),
  user: fc.constantFrom(undefined, "U1", "U2"),
});

test("pages() gives each resource what a listing of its own would, each object once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyParameters, { minLength: 1, maxLength: 4 }),
      fc.array(anyIncident, { maxLength: 60 }),
      fc.boolean(),
      fc.constantFrom(3, 7, 100),
      async (parameters, incidents, isUntilInclusive, pageSize) => {
        const host = createHost({ isUntilInclusive, pageSize });
        host.incidents = incidents.map(({ age, user, ...fields }, place) =>
          createIncident(place + 1, Math.floor(age / 1000) * 1000, {
            ...fields,
            assignments: user === undefined ? [] : [{ assignee: { id: user } }],
          }),
        );
        const resources = selectIncidents(...parameters);
        const { pages, end } = await readAll(open(host).source, resources);
        for (const { index, selection } of resources) {
          const { filters, range } = planListing(selection, now);
          const expected = host.incidents.filter(
            (incident) =>
              matchesFilters(incident, filters) &&
              Date.parse(incident.created_at) >= (range?.since ?? -Infinity) &&
              Date.parse(incident.created_at) < (range?.until ?? Infinity),
          );
          expect(inOrder(idsOf(pages, index))).toEqual(inOrder(expected.map(({ id }) => id)));
          expect(end.outcomes.get(index)).toEqual({
            completion: { state: "complete" },
            objects: expected.length,
            range,
          });
        }
      },
    ),
    { numRuns: caseCount(150) },
  );
});

test("pages() reads the range that resources share once and unfiltered, the rest with a filter", async () => {
  const host = createHost();
  host.incidents = Array.from({ length: 250 }, (_, place) =>
    createIncident(place + 1, place * day, { status: place % 50 === 0 ? "triggered" : "resolved" }),
  );
  const resources = selectIncidents(
    { date_range: "all", statuses: ["triggered", "acknowledged"] },
    { statuses: ["resolved"] },
  );
  const { pages, end } = await readAll(open(host).source, resources);
  expect(idsOf(pages, 0)).toHaveLength(5);
  // From 28 February, of the same second, as PagerDuty itself takes a month.
  expect(idsOf(pages, 1)).toHaveLength(31);
  // What is open of all time, the shared month, and the account's beginning with PagerDuty's time.
  expect(host.requests.map(({ query }) => query.filter(([name]) => name === "statuses[]"))).toEqual(
    [
      [],
      [
        ["statuses[]", "acknowledged"],
        ["statuses[]", "triggered"],
      ],
      [],
    ],
  );
  expect(end.outcomes.get(0)?.range).toEqual({ since: undefined, until: now + 1000 });
});

test("pages() gives an incident out once that changes its state while it is read", async () => {
  for (const place of [0, 1, 2, 3, 4]) {
    let turn = 0;
    const host: ScriptedPagerDuty = createHost({
      onRequest: () => {
        turn += 1;
        if (turn === place) {
          host.incidents = host.incidents.map((incident) => ({ ...incident, status: "resolved" }));
        }
      },
    });
    host.incidents = [createIncident(1, day, { status: "triggered" })];
    const { pages } = await readAll(
      open(host).source,
      selectIncidents(
        { date_range: "all", statuses: ["triggered", "acknowledged"] },
        { statuses: ["resolved"] },
      ),
    );
    expect([...idsOf(pages, 0), ...idsOf(pages, 1)]).toEqual(["Q1"]);
  }
});

test("pages() reads the next stretch of time while one is read, and nothing once it is left", async () => {
  const host = createHost({ onRequest: () => new Promise((resolve) => setTimeout(resolve)) });
  host.incidents = [createIncident(1, 200 * day, { status: "triggered" }), createIncident(2, day)];
  const resources = selectIncidents(
    { date_range: "all", statuses: ["triggered"] },
    { statuses: ["resolved"] },
  );
  const pages = open(host).source.pages(resources);
  const { value: first } = await pages.next();
  expect(first).toMatchObject({ entries: [{ object: { id: "Q1" } }] });
  const asksMonth = host.requests.some(({ query }) =>
    query.some(([name, value]) => name === "since" && value.startsWith("2026-02-28")),
  );
  expect(asksMonth).toBe(true);
  await pages.return();
  const sent = host.requests.length;
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(host.requests).toHaveLength(sent);
});

test("pages() does not share a listing where more than filters differs", async () => {
  const host = createHost();
  const all = { date_range: "all" } as const;
  await readAll(
    open(host).source,
    selectIncidents(
      all,
      { ...all, include: ["users"] },
      { ...all, incident_key: "k" },
      { ...all, include: ["users"], statuses: ["resolved"] },
    ),
  );
  const lists = host.requests.filter(({ query }) => !query.some(([name]) => name === "offset"));
  expect(host.requests.length - lists.length).toBe(3);
});

test("pages() reads services of several teams in one listing", async () => {
  const host = createHost();
  host.services = ["T1", "T2", "T1", "T3"].map((team, place) => ({
    id: `S${place}`,
    teams: [{ id: team }],
    escalation_policy: { id: "P1" },
  }));
  const services = (team: string): Selection => ({
    kind: "services",
    selector: { apiQueryParams: { team_ids: [team] }, serviceAnalytics: false },
  });
  const { pages, end } = await readAll(open(host).source, select([services("T1"), services("T2")]));
  expect([idsOf(pages, 0), idsOf(pages, 1)]).toEqual([["S0", "S2"], ["S1"]]);
  expect(end.rows).toBe(3);
  expect(host.requests.map(({ path }) => path)).toEqual(["/services", "/oncalls"]);
});

test("pages() adds to an object only what its resource wants", async () => {
  const host = createHost({
    onAsk: () => ({ data: [{ service_id: "S0", mean_seconds_to_resolve: 1 }] }),
  });
  host.services = [{ id: "S0" }];
  const { pages } = await readAll(
    open(host).source,
    select([
      { kind: "services", selector: { serviceAnalytics: true } },
      { kind: "services", selector: { serviceAnalytics: false } },
    ]),
  );
  expect(objectsOf(pages, 0)).toEqual([
    {
      id: "S0",
      __oncall_user: [],
      __analytics: { service_id: "S0", mean_seconds_to_resolve: 1 },
    },
  ]);
  expect(objectsOf(pages, 1)).toEqual([{ id: "S0", __oncall_user: [] }]);
});

test.each([
  [402, "refused"],
  [403, "refused"],
  [404, "failed"],
  [500, "failed"],
] as const)("pages() that are refused with %i end as %s", async (status, state) => {
  const host = createHost({
    onRequest: (path) => {
      if (path === "/teams") throw refuse(status, path, "No");
    },
  });
  const { pages, end } = await readAll(
    open(host).source,
    select([{ kind: "teams", selector: {} }]),
  );
  expect(pages).toEqual([]);
  expect(end.outcomes.get(0)?.completion).toMatchObject({ state, error: { status } });
});

test("pages() of a resource that fails leaves the others' listings to be read", async () => {
  const host = createHost({
    onRequest: (path, query) => {
      const isOne = query.some(([, value]) => value === "users");
      if (path === "/incidents" && isOne) throw refuse(500, path, "No");
    },
  });
  host.incidents = [createIncident(1, day)];
  const { pages, end } = await readAll(
    open(host).source,
    selectIncidents({ include: ["users"] }, {}),
  );
  expect(end.outcomes.get(0)?.completion.state).toBe("failed");
  expect(end.outcomes.get(1)?.completion.state).toBe("complete");
  expect(idsOf(pages, 1)).toEqual(["Q1"]);
});

test("pages() throws where the token is refused, or it is aborted", async () => {
  const host = createHost({
    onRequest: (path) => {
      throw refuse(401, path, "Unauthorized");
    },
  });
  const resources = selectIncidents({});
  expect(await failureOf(readAll(open(host).source, resources))).toMatchObject({ status: 401 });
  const reason = new Error("Enough");
  const aborted = readAll(open(createHost()).source, resources, AbortSignal.abort(reason));
  expect(await failureOf(aborted)).toBe(reason);
});

test("pages() names a list that cannot be read whole incomplete", async () => {
  const host = createHost();
  host.lists["teams"] = Array.from({ length: 10_005 }, (_, place) => ({ id: `T${place}` }));
  const { pages, end } = await readAll(
    open(host).source,
    select([{ kind: "teams", selector: {} }]),
  );
  expect(idsOf(pages, 0)).toHaveLength(10_000);
  expect(end.outcomes.get(0)?.completion).toEqual({
    state: "incomplete",
    reason:
      "The list of teams is incomplete: it has 10005 rows, and PagerDuty gives out the first 10000 only",
  });
});

test("pages() reads 12,000 incidents of all time", async () => {
  const host = createHost();
  host.incidents = Array.from({ length: 12_000 }, (_, place) =>
    createIncident(place + 1, (12_000 - place) * 3600_000),
  );
  const { pages, end } = await readAll(open(host).source, selectIncidents({ date_range: "all" }));
  expect(new Set(idsOf(pages, 0)).size).toBe(12_000);
  expect(end.outcomes.get(0)).toMatchObject({ completion: { state: "complete" }, objects: 12_000 });
});

test("pages() reads users once for their own kind and for schedules", async () => {
  const host = createHost();
  host.lists["users"] = [{ id: "U1", email: "one@example.com" }];
  host.lists["schedules"] = [{ id: "D1", users: [{ id: "U1" }, { id: "gone" }] }];
  const { source } = open(host);
  const [schedules, users] = select([
    { kind: "schedules", selector: {} },
    { kind: "users", selector: {} },
  ]);
  if (schedules === undefined || users === undefined) throw new Error("No resources");
  const read = await readAll(source, [schedules]);
  await readAll(source, [users]);
  expect(objectsOf(read.pages, 0)).toEqual([
    {
      id: "D1",
      users: [
        { id: "U1", __email: "one@example.com" },
        { id: "gone", __email: null },
      ],
    },
  ]);
  expect(host.requests.filter(({ path }) => path === "/users")).toHaveLength(1);
});

test("pages() tells once what a selector cannot have as it is written", async () => {
  const { source, events } = open(createHost());
  const resources = selectIncidents({ since: "2026-01-01" });
  await readAll(source, resources);
  await readAll(source, resources);
  expect(events).toEqual([
    "resources[0] (incidents): since and until without a zone are read in UTC; end them with Z, or name a time_zone",
  ]);
});

test("readObject() reads an object as its listing would, filters applied, time ranges not", async () => {
  const host = createHost({ onAsk: () => ({ data: [{ id: "Q1", seconds_to_resolve: 5 }] }) });
  host.incidents = [createIncident(1, 400 * day, { status: "triggered" })];
  const resources = select([
    {
      kind: "incidents",
      selector: {
        apiQueryParams: { statuses: ["triggered"], include: ["assignees"] },
        incidentAnalytics: true,
      },
    },
    { kind: "incidents", selector: { apiQueryParams: { statuses: ["resolved"] } } },
  ]);
  const { source } = open(host);
  const pages = await source.readObject(resources, "Q1");
  expect(pages?.map(({ entries }) => entries)).toEqual([
    [
      {
        object: { ...host.incidents[0], __analytics: { id: "Q1", seconds_to_resolve: 5 } },
        resources: [0],
      },
    ],
  ]);
  expect(host.requests.map(({ query }) => query)).toEqual([[["include[]", "assignees"]], []]);
  expect(await source.readObject(resources, "Q2")).toBeUndefined();
});

test("readObject() leaves out of a schedule what its listing would not show", async () => {
  const host = createHost();
  const schedule = { id: "D1", users: [], schedule_layers: [], final_schedule: {} };
  host.answers = { "/schedules/D1": { schedule } };
  const apiQueryParams = { include: ["final_schedule"] };
  const resources = select([{ kind: "schedules", selector: { apiQueryParams } }]);
  const pages = await open(host).source.readObject(resources, "D1");
  expect(objectsOf(pages ?? [], 0)).toEqual([{ id: "D1", users: [], final_schedule: {} }]);
});

test("pages() keeps to a range that it is given, and tells how far it is", async () => {
  const host = createHost();
  host.incidents = [10, 200, 400, 600].map((days, place) => createIncident(4 - place, days * day));
  const range = { since: now - 500 * day, until: now - 100 * day };
  const resources = selectIncidents({ statuses: ["resolved"], since: "2026-03-01" }, {});
  const { pages, end } = await readAll(
    open(host).source,
    resources.map(({ index, selection }) => ({ index, selection, range })),
  );
  expect(idsOf(pages, 0)).toEqual(["Q2", "Q3"]);
  expect(idsOf(pages, 1)).toEqual(["Q2", "Q3"]);
  expect(end.outcomes.get(0)?.range).toEqual(range);
  const positions = pages.map(({ position }) => position);
  expect(positions.at(-1)).toMatchObject({ until: range.until, problem: "", resources: [0, 1] });
  for (const { entries, position } of pages) {
    for (const { object } of entries) {
      expect(Date.parse(String(object["created_at"]))).toBeLessThanOrEqual(position?.until ?? 0);
    }
  }
});

test("readObject() asks PagerDuty which incident has the key of an alert", async () => {
  const host = createHost();
  host.incidents = [createIncident(1, day), createIncident(2, day)];
  host.incidents.splice(1, 1);
  const resources = selectIncidents({ incident_key: "alert" });
  const { source } = open(host);
  expect(idsOf((await source.readObject(resources, "Q1")) ?? [], 0)).toEqual(["Q1"]);
  expect(host.requests.at(-1)?.query).toContainEqual(["incident_key", "alert"]);
});

test.each([3, 80])(
  "readObjects() reads %i incidents and names those that are gone",
  async (count) => {
    const host = createHost();
    host.incidents = Array.from({ length: count }, (_, place) =>
      createIncident(place + 1, day, { status: place % 2 === 0 ? "triggered" : "resolved" }),
    );
    const ids = [...host.incidents.map(({ id }) => id), "QX"];
    const { pages, missing } = await open(host).source.readObjects(selectIncidents({}), ids);
    expect(idsOf(pages, 0)).toEqual(host.incidents.map(({ id }) => id));
    expect(missing).toEqual(["QX"]);
  },
);

test.each([
  [0, 0],
  [300, 20],
  [9000, 400],
])(
  "estimate() of %i incidents and %i services is within a tenth of what is read",
  async (incidents, services) => {
    const host = createHost({ onAsk: () => ({ data: [] }) });
    host.incidents = Array.from({ length: incidents }, (_, place) =>
      createIncident(place + 1, place * 3600_000, {
        status: place % 40 === 0 ? "triggered" : "resolved",
      }),
    );
    host.services = Array.from({ length: services }, (_, place) => ({
      id: `S${place}`,
      escalation_policy: { id: `P${place % 7}` },
    }));
    host.lists["oncalls"] = Array.from({ length: services }, (_, place) => ({
      escalation_policy: { id: `P${place % 7}` },
      user: { id: `U${place}` },
      escalation_level: 1,
    }));
    const all = [
      selectIncidents({ date_range: "all", statuses: ["triggered"] }, { since: "2025-01-01" }),
      select([{ kind: "services", selector: {} }]),
    ];
    let estimated = 0;
    let rows = 0;
    for (const resources of all) {
      const estimate = await open(host).source.estimate(resources);
      estimated += estimate.requests;
      rows += estimate.rows;
    }
    host.requests.length = 0;
    host.questions.length = 0;
    let read = 0;
    const { source } = open(host);
    for (const resources of all) read += (await readAll(source, resources)).end.rows;
    const requests = host.requests.length + host.questions.length;
    expect(Math.abs(rows - read)).toBeLessThanOrEqual(read * 0.1);
    expect(Math.abs(estimated - requests)).toBeLessThanOrEqual(Math.max(1, requests * 0.1));
  },
);

test("pages() sends the filter of a single resource with every window", async () => {
  const host = createHost();
  host.incidents = Array.from({ length: 9000 }, (_, place) =>
    createIncident(place + 1, place * 3600_000, {
      status: place % 3 === 0 ? "triggered" : "resolved",
    }),
  );
  const resources = selectIncidents({ date_range: "all", statuses: ["resolved"] });
  const { pages, end } = await readAll(open(host).source, resources);
  expect(new Set(idsOf(pages, 0)).size).toBe(6000);
  expect(end.rows).toBe(6000);
  expect(end.outcomes.get(0)?.completion.state).toBe("complete");
});

test("pages() reads a crowded second service by service, whatever the filter", async () => {
  const host = createHost();
  host.services = ["S1", "S2", "S3"].map((id) => ({ id }));
  host.incidents = Array.from({ length: 24_000 }, (_, place) =>
    createIncident(place + 1, day, {
      service: { id: `S${1 + (place % 3)}` },
      urgency: place % 2 === 0 ? "high" : "low",
    }),
  );
  const { pages, end } = await readAll(
    open(host).source,
    selectIncidents(
      { service_ids: ["S1", "S2"], urgencies: ["high", "low"] },
      { service_ids: ["S2"] },
    ),
  );
  expect(end.outcomes.get(0)?.completion).toEqual({ state: "complete" });
  expect(new Set(idsOf(pages, 0)).size).toBe(16_000);
  expect(new Set(idsOf(pages, 1)).size).toBe(8000);
});
