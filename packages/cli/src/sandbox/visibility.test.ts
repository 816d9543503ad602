import { expect, test } from "bun:test";
import { ask } from "./ask-sandbox.ts";
import type { Sandbox } from "./start-sandbox.ts";
import { startSandbox } from "../testing/start-sandbox.ts";

const small = { services: 16, incidents: 90, schedules: 4, now: "2026-06-30T12:00:00Z" } as const;

/** The ids of the first hundred of a list. */
async function listIds(sandbox: Sandbox, path: string, name: string): Promise<string[]> {
  const { body } = await ask(sandbox, path, { limit: 100, date_range: "all" });
  const rows: unknown = Reflect.get(body, name);
  return (rows as { id: string }[]).map(({ id }) => id);
}

/** The first team that any of these has. */
function firstTeamOf(rows: readonly Readonly<Record<string, unknown>>[]): string {
  return rows.flatMap(({ teams }) => teams as { id: string }[])[0]?.id ?? "";
}

async function statusOf(sandbox: Sandbox, path: string): Promise<number> {
  return (await ask(sandbox, path)).status;
}

test("cutShort ends a list after its first page, with a total that fits", async () => {
  await using sandbox = await startSandbox({ ...small, maxLimit: 10 });
  sandbox.configure({ cutShort: ["services", "incidents"] });
  for (const [path, name] of [
    ["/services", "services"],
    ["/incidents", "incidents"],
  ] as const) {
    const query = { limit: 100, total: "true", date_range: "all" };
    const { body } = await ask(sandbox, path, query);
    expect([body[name].length, body.total, body.more]).toEqual([10, 10, false]);
  }
  expect((await ask(sandbox, "/services", { offset: 10 })).body.services).toEqual([]);
  expect(await sandbox.pagerduty.list("/services")).toHaveLength(16);
  sandbox.configure({ cutShort: [] });
  expect((await ask(sandbox, "/services", { limit: 10 })).body.more).toBe(true);
});

test("unlisted leaves ids out of every list, and by id they are there", async () => {
  await using sandbox = await startSandbox(small);
  const [service] = sandbox.pagerduty.allServices();
  const [incident] = sandbox.pagerduty.allIncidents();
  const [schedule] = await sandbox.pagerduty.list("/schedules");
  for (const [path, id] of [
    ["services", service?.id],
    ["incidents", incident?.id],
    ["schedules", String(schedule?.["id"])],
  ] as const) {
    const before = await listIds(sandbox, `/${path}`, path);
    sandbox.configure({ unlisted: [String(id)] });
    const after = await listIds(sandbox, `/${path}`, path);
    expect([path, after]).toEqual([path, before.filter((one) => one !== id)]);
    expect([path, await statusOf(sandbox, `/${path}/${id}`)]).toEqual([path, 200]);
  }
  expect(await sandbox.pagerduty.list("/schedules")).toHaveLength(4);
});

test("missing answers 404 by id, for one, for a kind, for all, and lists them still", async () => {
  await using sandbox = await startSandbox({ ...small, tokenOwner: null });
  const [first, second] = [...sandbox.pagerduty.allServices()].map(({ id }) => id);
  const [user] = await sandbox.pagerduty.list("/users");
  const paths = [`/services/${first}`, `/services/${second}`, `/users/${String(user?.["id"])}`];
  for (const [missing, ...expected] of [
    [[], 200, 200, 200],
    [[String(first)], 404, 200, 200],
    [["services"], 404, 404, 200],
    [["*"], 404, 404, 404],
  ] as const) {
    sandbox.configure({ missing });
    const statuses = await Promise.all(paths.map((path) => statusOf(sandbox, path)));
    expect([missing, ...statuses]).toEqual([missing, ...expected]);
    expect(await listIds(sandbox, "/services", "services")).toHaveLength(16);
  }
  expect(await statusOf(sandbox, "/users/me")).toBe(400);
});

test("hiddenTeams takes a team out of sight, with what is that team's alone", async () => {
  await using sandbox = await startSandbox(small);
  const team = firstTeamOf(await sandbox.pagerduty.list("/services"));
  const kinds = ["services", "incidents", "users", "schedules", "escalation_policies"] as const;
  const isTheirs = (row: Readonly<Record<string, unknown>>): boolean =>
    (row["teams"] as { id: string }[]).some(({ id }) => id === team);
  const all = new Map<string, readonly Readonly<Record<string, unknown>>[]>();
  for (const kind of kinds) {
    all.set(kind, await sandbox.pagerduty.list(`/${kind}?date_range=all`, kind));
  }
  expect(await statusOf(sandbox, `/teams/${team}`)).toBe(200);
  sandbox.configure({ hiddenTeams: [team] });
  let hidden = 0;
  for (const [kind, rows] of all) {
    const listed = await listIds(sandbox, `/${kind}`, kind);
    const expected = rows.filter((row) => !isTheirs(row)).map(({ id }) => String(id));
    expect([kind, listed.toSorted()]).toEqual([kind, expected.slice(0, 100).toSorted()]);
    for (const row of rows.filter(isTheirs).slice(0, 1)) {
      hidden += 1;
      expect(await statusOf(sandbox, `/${kind}/${String(row["id"])}`)).toBe(404);
    }
    expect(await sandbox.pagerduty.list(`/${kind}?date_range=all`, kind)).toHaveLength(rows.length);
  }
  expect(hidden).toBeGreaterThan(2);
  expect(await listIds(sandbox, "/teams", "teams")).not.toContain(team);
  for (const hiddenTeamStatus of [404, 403, 200] as const) {
    sandbox.configure({ hiddenTeamStatus });
    expect(await statusOf(sandbox, `/teams/${team}`)).toBe(hiddenTeamStatus);
  }
});

test("the on-calls of a hidden team's policies are out of sight, those of others are not", async () => {
  await using sandbox = await startSandbox({ ...small, services: 40 });
  const policies = await sandbox.pagerduty.list("/escalation_policies");
  const team = firstTeamOf(policies);
  const theirs = policies.find((policy) => firstTeamOf([policy]) === team);
  const policiesOf = async (): Promise<Set<string>> => {
    const { body } = await ask(sandbox, "/oncalls", { limit: 100 });
    const rows = Reflect.get(body, "oncalls") as { escalation_policy: { id: string } }[];
    return new Set(rows.map(({ escalation_policy: { id } }) => id));
  };
  const before = await policiesOf();
  sandbox.configure({ hiddenTeams: [team] });
  const after = await policiesOf();
  expect(before).toContain(String(theirs?.["id"]));
  expect(after).not.toContain(String(theirs?.["id"]));
  expect(after.size).toBeWithin(1, before.size);
});

test("tokenOwner says whose the key is, while the sandbox runs", async () => {
  await using sandbox = await startSandbox(small);
  expect(await statusOf(sandbox, "/users/me")).toBe(400);
  const [first, second] = await sandbox.pagerduty.list("/users");
  for (const user of [first, second]) {
    sandbox.configure({ tokenOwner: String(user?.["id"]) });
    const { status, body } = await ask(sandbox, "/users/me");
    expect([status, body]).toMatchObject([200, { user: { id: user?.["id"], type: "user" } }]);
  }
  sandbox.configure({ tokenOwner: "app" });
  expect(await statusOf(sandbox, "/users/me")).toBe(403);
  sandbox.configure({ tokenOwner: null });
  const { status, body } = await ask(sandbox, "/users/me");
  expect([status, typeof body.error]).toEqual([400, "string"]);
});

test("every answer is dated by the sandbox's clock, PagerDuty's and Port's", async () => {
  await using sandbox = await startSandbox(small);
  sandbox.clock.advance(26 * 3_600_000);
  const expected = "Wed, 01 Jul 2026 14:00:00 GMT";
  expect((await ask(sandbox, "/services")).headers.get("date")).toBe(expected);
  const port = await fetch(`${sandbox.portUrl}/v1/blueprints`);
  expect(port.headers.get("date")).toBe(expected);
});

test("the control path switches what is hidden", async () => {
  await using sandbox = await startSandbox(small);
  const [service] = sandbox.pagerduty.allServices();
  const body = JSON.stringify({ missing: ["services"], unlisted: [service?.id] });
  await fetch(`${sandbox.controlUrl}/behaviour`, { method: "POST", body });
  expect(await statusOf(sandbox, `/services/${service?.id}`)).toBe(404);
  expect(await listIds(sandbox, "/services", "services")).toHaveLength(15);
});
