import { expect, test } from "bun:test";
import { ask, readAll } from "./ask-sandbox.ts";
import { startSandbox } from "../testing/start-sandbox.ts";

const now = "2026-06-30T12:00:00Z";
const small = { services: 6, incidents: 900, now } as const;
const all = { date_range: "all" };

test("the range defaults to one month before now, after since or before until", async () => {
  await using sandbox = await startSandbox(small);
  const table: [Record<string, string>, string, string][] = [
    [{}, "2026-05-30T12:00:00Z", now],
    [{ since: "2025-03-10T00:00:00Z" }, "2025-03-10T00:00:00Z", "2025-04-10T00:00:00Z"],
    [{ until: "2025-03-10T00:00:00Z" }, "2025-02-10T00:00:00Z", "2025-03-10T00:00:00Z"],
  ];
  for (const [query, from, to] of table) {
    const expected = [...sandbox.pagerduty.allIncidents()].filter(
      ({ created_at: at }) => at >= from && at <= to,
    );
    const found = await readAll(sandbox, query);
    expect(found.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    expect(found.length).toBeGreaterThan(5);
  }
});

test("since is inclusive; until is, too, unless it is switched to exclusive", async () => {
  await using sandbox = await startSandbox({
    services: 3,
    now,
    shape: [{ from: "2026-06-01T10:00:00Z", to: "2026-06-01T10:00:03Z", count: 30 }],
  });
  const range = { since: "2026-06-01T10:00:01Z", until: "2026-06-01T10:00:02Z" };
  const seconds = async (): Promise<string[]> => [
    ...new Set((await readAll(sandbox, range)).map(({ created_at: at }) => at.slice(-3))),
  ];
  expect(await seconds()).toEqual(["01Z", "02Z"]);
  sandbox.configure({ untilExclusive: true });
  expect(await seconds()).toEqual(["01Z"]);
});

test("a time without a zone is one of the request's zone, else of the account's", async () => {
  await using sandbox = await startSandbox({
    services: 3,
    now,
    accountTimeZone: "America/New_York",
    shape: [{ from: "2026-06-01T14:00:00Z", to: "2026-06-01T14:00:01Z", count: 5 }],
  });
  const count = async (since: string, zone?: string): Promise<number> => {
    const query = { since, until: since, ...(zone === undefined ? {} : { time_zone: zone }) };
    return (await readAll(sandbox, query)).length;
  };
  expect(await count("2026-06-01T10:00:00")).toBe(5);
  expect(await count("2026-06-01T14:00:00")).toBe(0);
  expect(await count("2026-06-01T14:00:00", "UTC")).toBe(5);
  expect(await count("2026-06-01T14:00:00Z")).toBe(5);
  const { body } = await ask(sandbox, "/incidents", { ...all, time_zone: "America/New_York" });
  expect(body.incidents[0]?.created_at).toBe("2026-06-01T10:00:00-04:00");
  expect((await ask(sandbox, "/services")).body.services[0]?.["created_at"]).toMatch(/-0[45]:00$/);
});

test("filters are the same as filtering the whole account", async () => {
  await using sandbox = await startSandbox({ ...small, years: 0.1, deletedServices: 2 });
  const incidents = [...sandbox.pagerduty.allIncidents()];
  const open = incidents.filter(({ status }) => status !== "resolved");
  const service = incidents[0]?.service.id ?? "";
  const team = incidents.find(({ teams }) => teams.length > 0)?.teams[0]?.id ?? "";
  const user = open[0]?.assignments[0]?.assignee.id ?? "";
  const key = String(
    incidents.find((incident) => incident["incident_key"] !== null)?.["incident_key"],
  );
  const table: [
    Record<string, string | string[]>,
    (incident: (typeof incidents)[number]) => boolean,
  ][] = [
    [{ "statuses[]": ["triggered", "acknowledged"] }, ({ status }) => status !== "resolved"],
    [{ "statuses[]": ["resolved"] }, ({ status }) => status === "resolved"],
    [{ "urgencies[]": ["low"] }, ({ urgency }) => urgency === "low"],
    [{ "service_ids[]": [service] }, (incident) => incident.service.id === service],
    [{ "service_ids[]": ["PAAAAAA"] }, () => false],
    [{ "team_ids[]": [team] }, ({ teams }) => teams.some(({ id }) => id === team)],
    [
      { "user_ids[]": [user] },
      (incident) => incident.assignments.some(({ assignee }) => assignee.id === user),
    ],
    [{ incident_key: key }, (incident) => incident["incident_key"] === key],
    [
      { "urgencies[]": ["high"], "statuses[]": ["resolved"] },
      ({ urgency, status }) => urgency === "high" && status === "resolved",
    ],
  ];
  for (const [query, matches] of table) {
    const expected = incidents.filter(matches);
    const { body } = await ask(sandbox, "/incidents", {
      ...all,
      ...query,
      total: "true",
      limit: 100,
    });
    expect([query, body.total]).toEqual([query, expected.length]);
    expect(body.incidents.map(({ id }) => id)).toEqual(expected.slice(0, 100).map(({ id }) => id));
  }
  expect(open.length).toBeGreaterThan(3);
});

test("sort_by orders by up to two fields", async () => {
  await using sandbox = await startSandbox({ ...small, incidents: 90, years: 0.02 });
  const numbers = async (sortBy: string): Promise<number[]> =>
    (await readAll(sandbox, { ...all, sort_by: sortBy })).map(
      (incident) => incident.incident_number,
    );
  const ascending = Array.from({ length: 90 }, (_, index) => index + 1);
  expect(await numbers("incident_number")).toEqual(ascending);
  expect(await numbers("incident_number:desc")).toEqual(ascending.toReversed());
  expect(await numbers("created_at:asc,incident_number:asc")).toEqual(ascending);
  const byUrgency = await readAll(sandbox, { ...all, sort_by: "urgency:desc,created_at:desc" });
  expect(byUrgency[0]?.urgency).toBe("low");
  expect(byUrgency.at(-1)?.urgency).toBe("high");
  const byEnd = await readAll(sandbox, { ...all, sort_by: "resolved_at" });
  const ends = byEnd.map((incident) => JSON.stringify(incident["resolved_at"] ?? "9999"));
  expect(ends).toEqual(ends.toSorted());
});

test("an unstable order repeats and skips rows between pages unless sorted by number", async () => {
  await using sandbox = await startSandbox({ ...small, unstableOrder: true });
  const distinct = async (query: Record<string, string>): Promise<number> =>
    new Set((await readAll(sandbox, { ...all, ...query }, 25)).map(({ id }) => id)).size;
  expect(await distinct({})).toBeLessThan(900);
  expect(await distinct({ sort_by: "created_at:desc" })).toBeLessThan(900);
  expect(await distinct({ sort_by: "incident_number:asc" })).toBe(900);
});

test("more than 10,000 fit into one second, and the total tells so", async () => {
  const from = "2026-06-01T10:00:00Z";
  await using sandbox = await startSandbox({
    services: 30,
    now,
    shape: [{ from, to: from, count: 10_500 }],
  });
  const { body } = await ask(sandbox, "/incidents", { since: from, until: from, total: "true" });
  expect([body.total, body.incidents[0]?.created_at]).toEqual([10_500, from]);
  let sum = 0;
  for (const { id } of sandbox.pagerduty.allServices()) {
    const page = await ask(sandbox, "/incidents", { ...all, "service_ids[]": id, total: "true" });
    sum += page.body.total ?? 0;
  }
  expect(sum).toBe(10_500);
});

test("GET /incidents/:id takes the id or the number", async () => {
  await using sandbox = await startSandbox(small);
  const byNumber = (await ask(sandbox, "/incidents/17")).body.incident;
  expect(byNumber.incident_number).toBe(17);
  expect((await ask(sandbox, `/incidents/${byNumber.id}`)).body.incident).toEqual(byNumber);
  expect(sandbox.pagerduty.incident(byNumber.id)).toEqual(byNumber);
});

test("include[] puts full objects in the place of references; unknown ones are ignored or refused", async () => {
  await using sandbox = await startSandbox({ ...small, years: 0.1 });
  const types = async (include: string[]): Promise<(string | undefined)[]> => {
    const query = { ...all, "statuses[]": "triggered", "include[]": include };
    const incident = (await ask(sandbox, "/incidents", query)).body.incidents[0];
    const assignee = incident?.assignments[0]?.assignee.type;
    return [incident?.service.type, incident?.escalation_policy.type, assignee];
  };
  expect(await types([])).toEqual([
    "service_reference",
    "escalation_policy_reference",
    "user_reference",
  ]);
  expect(await types(["services", "escalation_policies", "assignees"])).toEqual([
    "service",
    "escalation_policy",
    "user",
  ]);
  expect((await types(["nonsense"]))[0]).toBe("service_reference");
  sandbox.configure({ unknownInclude: "reject" });
  expect((await ask(sandbox, "/incidents", { "include[]": "nonsense" })).status).toBe(400);
});

test("only open incidents are assigned, and only acknowledged ones acknowledged", async () => {
  await using sandbox = await startSandbox({ ...small, years: 0.1 });
  const seen = new Set<string>();
  for (const incident of sandbox.pagerduty.allIncidents()) {
    seen.add(incident.status);
    expect(incident.assignments.length).toBe(incident.status === "resolved" ? 0 : 1);
    expect(incident.acknowledgements.length).toBe(incident.status === "acknowledged" ? 1 : 0);
    expect(incident["resolved_at"] === null).toBe(incident.status !== "resolved");
  }
  expect([...seen].toSorted()).toEqual(["acknowledged", "resolved", "triggered"]);
});
