import { expect, test } from "bun:test";
import type { Sandbox } from "../start-sandbox.ts";
import { startSandbox } from "../../testing/start-sandbox.ts";

const now = "2026-06-30T12:00:00Z";
const small = { services: 30, incidents: 400, now } as const;

/** Anything that a list has in it; only what the route gives is there. */
interface Row {
  readonly [name: string]: unknown;
  readonly id: string;
}

interface Body {
  readonly [name: string]: unknown;
  readonly error: { readonly code: number };
}

async function get(sandbox: Sandbox, path: string): Promise<{ status: number; body: Body }> {
  const headers = { authorization: `Token token=${sandbox.token}` };
  const response = await fetch(sandbox.pagerDutyUrl + path, { headers });
  const body: Body = await response.json();
  return { status: response.status, body };
}

async function rows(sandbox: Sandbox, path: string, wrapper: string): Promise<Row[]> {
  const { body } = await get(sandbox, path);
  return body[wrapper] as Row[];
}

function idsOf(list: unknown): string[] {
  return (list as Row[]).map(({ id }) => id);
}

test("every classic list is wrapped in its name, echoes its page and is the same each time", async () => {
  await using sandbox = await startSandbox(small);
  const table: [string, string, number][] = [
    ["/schedules", "schedules", 6],
    ["/oncalls", "oncalls", 11],
    ["/escalation_policies", "escalation_policies", 7],
    ["/users", "users", 15],
    ["/teams", "teams", 5],
    ["/business_services", "business_services", 5],
    ["/priorities", "priorities", 5],
    ["/event_orchestrations", "orchestrations", 5],
  ];
  for (const [path, wrapper, total] of table) {
    const { body } = await get(sandbox, `${path}?limit=3&offset=1&total=true`);
    const list = body[wrapper] as Row[];
    const page = [body["limit"], body["offset"], body["more"]];
    expect([path, list.length, ...page]).toEqual([path, 3, 3, 1, true]);
    expect([path, Number(body["total"]) >= total]).toEqual([path, true]);
    const again = await get(sandbox, `${path}?limit=3&offset=1&total=true`);
    expect(again.body).toEqual(body);
  }
});

test("an account has as many people and schedules as it is told to have", async () => {
  await using sandbox = await startSandbox({ ...small, users: 120, schedules: 2 });
  const { pagerduty } = sandbox;
  const counts = await Promise.all(
    ["/users", "/schedules", "/escalation_policies"].map((path) => pagerduty.list(path)),
  );
  expect(counts.map(({ length }) => length)).toEqual([120, 2, 7]);
  expect(startSandbox({ users: 0 })).rejects.toThrow("users");
});

test("a deleted user stays named where nothing leads to it any more", async () => {
  await using sandbox = await startSandbox(small);
  const [schedule] = await rows(sandbox, "/schedules", "schedules");
  const [id = ""] = idsOf(schedule?.["users"]);
  expect((await get(sandbox, `/users/${id}`)).body["user"]).toMatchObject({ id, type: "user" });
  sandbox.pagerduty.deleteUser(id);
  expect((await get(sandbox, `/users/${id}`)).status).toBe(404);
  expect(idsOf(await rows(sandbox, "/users?limit=100", "users"))).not.toContain(id);
  const { body } = await get(sandbox, `/schedules/${schedule?.id}`);
  const [user] = (body["schedule"] as { users: Row[] }).users;
  expect(user).toMatchObject({ id, type: "user_reference", self: null, html_url: null });

  const created = sandbox.pagerduty.createUser({ email: "new@example.com" });
  expect(await rows(sandbox, "/users?query=new@", "users")).toMatchObject([{ id: created }]);
  const added = sandbox.pagerduty.createSchedule({ name: "Added" });
  expect(await rows(sandbox, "/schedules?query=added", "schedules")).toMatchObject([
    { id: added, escalation_policies: [] },
  ]);
  sandbox.pagerduty.deleteSchedule(schedule?.id ?? "");
  expect(idsOf(await rows(sandbox, "/schedules", "schedules"))).not.toContain(schedule?.id ?? "");
});

test("schedules tell entries only of a time that is named, cut unless they may overflow", async () => {
  await using sandbox = await startSandbox(small);
  const include = "include[]=final_schedule";
  const first = async (query: string): Promise<Record<string, unknown>> => {
    const [schedule] = await rows(
      sandbox,
      `/schedules?${include}&time_zone=UTC${query}`,
      "schedules",
    );
    return schedule?.["final_schedule"] as Record<string, unknown>;
  };
  expect(await first("")).toMatchObject({
    rendered_schedule_entries: [],
    rendered_coverage_percentage: null,
  });
  const since = "&since=2026-06-01T00:00:00Z&until=2026-06-30T00:00:00Z";
  const edges = async (query: string): Promise<unknown[]> => {
    const entries = (await first(query))["rendered_schedule_entries"] as Record<string, unknown>[];
    return [entries.length > 3, entries[0]?.["start"], entries.at(-1)?.["end"]];
  };
  expect(await edges(since)).toEqual([true, "2026-06-01T00:00:00Z", "2026-06-30T00:00:00Z"]);
  const [, start, end] = await edges(`${since}&overflow=true`);
  expect([String(start) < "2026-06-01", String(end) > "2026-06-30"]).toEqual([true, true]);
});

test("shift-based schedules are references in a list of their own, and read by id", async () => {
  await using sandbox = await startSandbox({ ...small, shiftSchedules: 3 });
  const page = (await get(sandbox, "/v3/schedules?limit=2")).body;
  // Unlike classic lists, it tells no total.
  expect([Object.keys(page).toSorted(), page["more"]]).toEqual([
    ["limit", "more", "offset", "schedules"],
    true,
  ]);
  const [first] = page["schedules"] as Row[];
  expect(Object.keys(first ?? {})).toEqual(["id", "type", "summary", "self", "html_url"]);
  expect((await get(sandbox, "/v3/schedules")).body["limit"]).toBe(100);
  for (const [limit, status] of [
    [1000, 200],
    [1001, 400],
    [0, 400],
  ]) {
    expect((await get(sandbox, `/v3/schedules?limit=${limit}`)).status).toBe(status ?? 0);
  }

  const range = "since=2026-06-01T00:00:00Z&until=2026-06-30T00:00:00Z";
  const { body } = await get(
    sandbox,
    `/v3/schedules/${first?.id}?include[]=final_schedule&${range}`,
  );
  const { name, time_zone, type, users, final_schedule, rotations } = body["schedule"] as Row;
  expect([name, type, typeof time_zone, users]).toEqual([
    first?.["summary"],
    "schedule_v3",
    "string",
    undefined,
  ]);
  expect(JSON.stringify(rotations)).toContain('"user_member"');
  const { computed_shift_assignments: shifts } = final_schedule as Record<string, unknown[]>;
  expect(shifts?.length).toBeGreaterThan(3);
});

test("a schedule keeps its id when PagerDuty moves it to the other kind", async () => {
  await using sandbox = await startSandbox(small);
  const oncall = (await rows(sandbox, "/oncalls?limit=100", "oncalls")).find(
    ({ schedule }) => schedule !== null,
  );
  const [id = ""] = idsOf([oncall?.["schedule"]]);
  const look = async (): Promise<unknown[]> => {
    const layered = idsOf(await rows(sandbox, "/schedules", "schedules")).includes(id);
    const shifts = idsOf(await rows(sandbox, "/v3/schedules", "schedules")).includes(id);
    const oncalls = await rows(sandbox, `/oncalls?schedule_ids[]=${id}`, "oncalls");
    return [
      layered,
      (await get(sandbox, `/schedules/${id}`)).status,
      shifts,
      (await get(sandbox, `/v3/schedules/${id}`)).status,
      (oncalls[0]?.["schedule"] as Row | undefined)?.["type"],
    ];
  };
  const before = [true, 200, false, 404, "schedule_reference"];
  expect(await look()).toEqual(before);
  sandbox.pagerduty.upgradeSchedule(id);
  expect(await look()).toEqual([false, 404, true, 200, "schedule_v3_reference"]);
  sandbox.configure({ otherScheduleStatus: 400 });
  expect((await get(sandbox, `/schedules/${id}`)).status).toBe(400);
  sandbox.configure({ otherScheduleStatus: 404, refused: { "v3/schedules": 403 } });
  expect((await get(sandbox, "/v3/schedules")).status).toBe(403);
  expect((await get(sandbox, "/schedules")).status).toBe(200);
  sandbox.configure({ refused: {} });
  const control = (verb: string): Promise<Response> =>
    fetch(`${sandbox.controlUrl}/schedules/${id}/${verb}`, { method: "POST" });
  expect((await control("downgrade")).ok).toBe(true);
  expect(await look()).toEqual(before);
  expect((await control("downgrade")).ok).toBe(false);
  expect((await control("upgrade")).ok).toBe(true);
  sandbox.pagerduty.deleteSchedule(id);
  expect(await look()).toEqual([false, 404, false, 404, undefined]);
});

test("on-calls are who is on call: now, or at any time of a range of at most 90 days ahead", async () => {
  await using sandbox = await startSandbox(small);
  const oncalls = await rows(sandbox, "/oncalls?limit=100", "oncalls");
  expect(oncalls.some(({ id, type }) => id !== undefined || type !== undefined)).toBe(false);
  const always = oncalls.filter(({ schedule }) => schedule === null);
  expect(always.length).toBeWithin(1, oncalls.length);
  expect(always.every(({ start, end }) => start === null && end === null)).toBe(true);
  const taken = oncalls.filter(({ schedule }) => schedule !== null);
  expect(taken.every(({ start, end }) => String(start) <= now && now <= String(end))).toBe(true);

  const policies = idsOf(oncalls.map((oncall) => oncall["escalation_policy"]));
  const only = await rows(sandbox, `/oncalls?escalation_policy_ids[]=${policies[0]}`, "oncalls");
  expect(new Set(idsOf(only.map((oncall) => oncall["escalation_policy"])))).toEqual(
    new Set([policies[0] ?? ""]),
  );
  const table: [string, number, string?][] = [
    ["until=2026-09-28T12:00:00Z&total=true", 200, "more"],
    ["until=2026-10-01T00:00:00Z", 400],
    ["since=2026-07-02T00:00:00Z&until=2026-07-01T00:00:00Z", 400],
    ["earliest=true&until=2026-09-01T00:00:00Z", 200],
  ];
  for (const [query, status] of table) {
    expect([query, (await get(sandbox, `/oncalls?${query}`)).status]).toEqual([query, status]);
  }
  sandbox.configure({ oncallHorizon: "clip" });
  expect((await get(sandbox, "/oncalls?until=2027-10-01T00:00:00Z")).status).toBe(200);
  const range = "/oncalls?until=2026-09-01T00:00:00Z&limit=100";
  const all = await rows(sandbox, range, "oncalls");
  const earliest = await rows(sandbox, `${range}&earliest=true`, "oncalls");
  expect([all.length > oncalls.length, earliest.length < all.length]).toEqual([true, true]);
  const [full] = await rows(sandbox, "/oncalls?include[]=users&limit=1", "oncalls");
  expect(full?.["user"]).toMatchObject({ type: "user", email: expect.stringContaining("@") });
});

test("escalation policies call schedules and people, and are filtered by whom they call", async () => {
  await using sandbox = await startSandbox(small);
  const policies = await rows(sandbox, "/escalation_policies?limit=100", "escalation_policies");
  const targets = (policy: Row): Row[] =>
    (policy["escalation_rules"] as { targets: Row[] }[]).flatMap((rule) => rule.targets);
  const types = new Set(policies.flatMap(targets).map(({ type }) => type));
  expect(types).toEqual(new Set(["schedule_reference", "user_reference"]));
  const user = policies.flatMap(targets).find(({ type }) => type === "user_reference");
  const path = `/escalation_policies?user_ids[]=${user?.id}`;
  const called = await rows(sandbox, path, "escalation_policies");
  expect(called.length).toBeWithin(1, policies.length);
  const include = "?include[]=targets&limit=1";
  const full = await rows(sandbox, `/escalation_policies${include}`, "escalation_policies");
  expect(full.flatMap(targets)[0]?.["name"]).toBeString();
});

test("a service's pause recommends one of the times that there are", async () => {
  await using sandbox = await startSandbox(small);
  const include = "include[]=auto_pause_notifications_parameters";
  for (const service of await rows(sandbox, `/services?${include}`, "services")) {
    const pause = service["auto_pause_notifications_parameters"] as Record<string, unknown>;
    expect([120, 180, 300, 600, 900]).toContain(Number(pause["recommended_timeout"]));
  }
});

test("the audit trail goes by cursors, newest first, and no further than 31 days", async () => {
  await using sandbox = await startSandbox(small);
  const seen: Row[] = [];
  let cursor: unknown = "";
  let pages = 0;
  do {
    const query = cursor === "" ? "" : `&cursor=${String(cursor)}`;
    const { body } = await get(sandbox, `/audit/records?limit=40&offset=7${query}`);
    expect(Object.keys(body).toSorted()).toEqual(["limit", "next_cursor", "records"]);
    seen.push(...(body["records"] as Row[]));
    cursor = body["next_cursor"];
    pages++;
  } while (cursor !== null);
  expect([pages, new Set(idsOf(seen)).size, seen.length]).toEqual([3, 97, 97]);
  const times = seen.map((record) => String(record["execution_time"]));
  expect(times).toEqual(times.toSorted().toReversed());
  expect(await sandbox.pagerduty.list("/users?query=person1@")).toMatchObject([{ type: "user" }]);
  expect((await get(sandbox, "/audit/records?since=2026-01-01T00:00:00Z")).status).toBe(400);
});

test("custom fields have one value, many or none", async () => {
  await using sandbox = await startSandbox(small);
  const values: unknown[] = [];
  for (const service of sandbox.pagerduty.allServices()) {
    const { body } = await get(sandbox, `/services/${service.id}/custom_fields/values`);
    expect(Object.keys(body)).toEqual(["custom_fields"]);
    values.push(...(body["custom_fields"] as Row[]).map(({ value }) => value));
  }
  for (const kind of [null, expect.any(String), expect.any(Number), expect.any(Array)]) {
    expect(values).toContainEqual(kind);
  }
  const [incident] = sandbox.pagerduty.allIncidents();
  const id = incident?.id ?? "";
  const path = `/incidents/${id}`;
  const { custom_fields } = (await get(sandbox, `${path}/custom_fields/values`)).body;
  const full = (await get(sandbox, `${path}?include[]=custom_fields`)).body["incident"];
  expect((full as Row)["custom_fields"]).toEqual(custom_fields);
  sandbox.pagerduty.changeCustomFields(id, { environment: "changed" });
  const [first] = await rows(sandbox, `${path}/custom_fields/values`, "custom_fields");
  expect(first?.["value"]).toBe("changed");
  expect((await get(sandbox, "/incidents/QNONE/custom_fields/values")).status).toBe(404);
});

test("log entries tell what happened to an incident, and to all within a time", async () => {
  await using sandbox = await startSandbox({ ...small, incidents: 2000 });
  const { pagerduty, clock } = sandbox;
  const [old] = pagerduty.allIncidents();
  const id = old?.id ?? "";
  clock.advance(60_000);
  pagerduty.reopenIncident(id);
  clock.advance(60_000);
  pagerduty.resolveIncident(id);
  const entries = await rows(sandbox, `/incidents/${id}/log_entries`, "log_entries");
  expect(entries.map(({ type }) => type).slice(0, 2)).toEqual([
    "resolve_log_entry",
    "unacknowledge_log_entry",
  ]);
  expect(entries.at(-1)?.id).toBe(old?.first_trigger_log_entry.id ?? "");
  const since = await rows(sandbox, "/log_entries?since=2026-06-30T12:00:30Z", "log_entries");
  expect(since.map((entry) => [(entry["incident"] as Row).id, entry["created_at"]])).toEqual([
    [id, "2026-06-30T12:02:00Z"],
    [id, "2026-06-30T12:01:00Z"],
  ]);

  // All of a week, against what the incidents themselves say.
  const [from, to] = ["2026-05-01T00:00:00Z", "2026-05-08T00:00:00Z"];
  const listed: Row[] = [];
  for (;;) {
    const path = `/log_entries?since=${from}&until=${to}&limit=100&offset=${listed.length}`;
    const { body } = await get(sandbox, path);
    listed.push(...(body["log_entries"] as Row[]));
    if (body["more"] !== true) break;
  }
  const within = (time: unknown): boolean => String(time) >= from && String(time) <= to;
  const incidents = [...pagerduty.allIncidents()];
  const count = (type: string): number => listed.filter((entry) => entry["type"] === type).length;
  expect([count("trigger_log_entry"), count("resolve_log_entry")]).toEqual([
    incidents.filter((incident) => within(incident.created_at)).length,
    incidents.filter((incident) => within(incident["resolved_at"])).length,
  ]);
  const times = listed.map((entry) => String(entry["created_at"]));
  expect(times).toEqual(times.toSorted().toReversed());
});

test("a service's status follows its open incidents", async () => {
  await using sandbox = await startSandbox({ ...small, incidents: 0 });
  const { pagerduty } = sandbox;
  const service = [...pagerduty.allServices()].find(({ status }) => status === "active");
  const serviceId = service?.id ?? "";
  const status = (): unknown => pagerduty.service(serviceId)?.status;
  const first = pagerduty.createIncident({ serviceId });
  expect(status()).toBe("critical");
  pagerduty.acknowledgeIncident(first);
  expect(status()).toBe("warning");
  pagerduty.resolveIncident(first);
  expect(status()).toBe("active");
  pagerduty.reopenIncident(first);
  expect(status()).toBe("critical");
  const open = await rows(sandbox, "/incidents?statuses[]=triggered", "incidents");
  expect(idsOf(open)).toEqual([first]);
});

test("a new service is unknown for a while where that is switched on", async () => {
  await using sandbox = await startSandbox({ ...small, creationLagSeconds: 5 });
  const id = sandbox.pagerduty.createService();
  const known = async (): Promise<unknown[]> => [
    (await get(sandbox, `/services/${id}`)).status,
    idsOf(await rows(sandbox, "/services?limit=100", "services")).includes(id),
  ];
  expect(await known()).toEqual([404, false]);
  sandbox.clock.advance(5000);
  expect(await known()).toEqual([200, true]);
});

test("objects of any kind can be changed, and whole resources refused", async () => {
  await using sandbox = await startSandbox(small);
  const { pagerduty } = sandbox;
  const [incident] = pagerduty.allIncidents();
  const [user] = await rows(sandbox, "/users", "users");
  for (const [path, wrapper, id] of [
    ["incidents", "incident", incident?.id],
    ["users", "user", user?.id],
  ] as const) {
    pagerduty.changeObject(id ?? "", { summary: "by hand" });
    const { body } = await get(sandbox, `/${path}/${id}`);
    expect(body[wrapper]).toMatchObject({ id, summary: "by hand" });
  }
  const all = await rows(sandbox, "/incidents?date_range=all&limit=1", "incidents");
  expect(all).toMatchObject([{ summary: "by hand", updated_at: now }]);
  sandbox.clock.advance(60_000);
  pagerduty.reopenIncident(incident?.id ?? "");
  expect(pagerduty.incident(incident?.id ?? "")).toMatchObject({
    summary: "by hand",
    status: "triggered",
    updated_at: "2026-06-30T12:01:00Z",
  });

  sandbox.configure({ refused: { users: 403, analytics: 402, schedules: 500 } });
  for (const [path, status] of [
    ["/users", 403],
    ["/schedules", 500],
    ["/v3/schedules", 500],
    ["/analytics/raw/incidents/Q1", 402],
    ["/teams", 200],
  ] as const) {
    expect([path, (await get(sandbox, path)).status]).toEqual([path, status]);
  }
  expect(await pagerduty.list("/teams")).toHaveLength(5);
  sandbox.configure({ emptied: ["teams", "incidents"] });
  expect(await rows(sandbox, "/teams", "teams")).toEqual([]);
  expect(await rows(sandbox, "/incidents?date_range=all", "incidents")).toEqual([]);
  sandbox.configure({ refuse: (path) => (path.includes("offset=25") ? 500 : undefined) });
  expect((await get(sandbox, "/teams?offset=0")).status).toBe(200);
  expect((await get(sandbox, "/teams?offset=25")).status).toBe(500);
});

test("other processes create and delete users and schedules, and change objects", async () => {
  await using sandbox = await startSandbox(small);
  const control = async (method: string, path: string, body?: unknown): Promise<Row> => {
    const init = { method, body: body === undefined ? undefined : JSON.stringify(body) };
    const response = await fetch(sandbox.controlUrl + path, init);
    const read: Row = await response.json();
    return read;
  };
  for (const [path, wrapper] of [
    ["/users", "user"],
    ["/schedules", "schedule"],
  ] as const) {
    const { id } = await control("POST", path, { name: "Added" });
    await control("PATCH", `/objects/${id}`, { description: "changed" });
    const { body } = await get(sandbox, `${path}/${id}`);
    expect(body[wrapper]).toMatchObject({ name: "Added", description: "changed" });
    await control("DELETE", `${path}/${id}`);
    expect((await get(sandbox, `${path}/${id}`)).status).toBe(404);
    expect((await control("DELETE", `${path}/${id}`))["error"]).toContain("Cannot find");
  }
});
