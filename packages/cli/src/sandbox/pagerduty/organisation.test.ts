import { expect, test } from "bun:test";
import { ask } from "../ask-sandbox.ts";
import type { Sandbox } from "../start-sandbox.ts";
import { startSandbox } from "../../testing/start-sandbox.ts";

const now = "2026-06-30T12:00:00Z";
const small = { services: 16, incidents: 20, schedules: 3, now } as const;

type Row = Readonly<Record<string, unknown>>;

async function readRecords(sandbox: Sandbox, query: Record<string, string>): Promise<Row[]> {
  const records: Row[] = [];
  let cursor: string | undefined;
  do {
    const asked: Record<string, string> = { ...query, limit: "2" };
    if (cursor !== undefined) asked["cursor"] = cursor;
    const { body } = await ask(sandbox, "/audit/records", asked);
    records.push(...(Reflect.get(body, "records") as Row[]));
    const { next_cursor: next } = body as unknown as { readonly next_cursor: string | null };
    cursor = next ?? undefined;
  } while (cursor !== undefined);
  return records;
}

function idOf(row: Row | undefined): string {
  return String(row?.["id"]);
}

test("a deleted policy, team and business service are gone, by id and from lists", async () => {
  await using sandbox = await startSandbox(small);
  const { pagerduty } = sandbox;
  const policies = await pagerduty.list("/escalation_policies");
  const used = new Set([...pagerduty.allServices()].map((service) => service.escalation_policy.id));
  const usedId = idOf(policies.find((policy) => used.has(idOf(policy))));
  expect(() => pagerduty.deletePolicy(usedId)).toThrow("uses it");
  for (const service of pagerduty.allServices()) {
    if (service.escalation_policy.id === usedId) pagerduty.deleteService(service.id);
  }
  const oncalls = await pagerduty.list(`/oncalls?escalation_policy_ids[]=${usedId}`);
  expect(oncalls.length).toBeGreaterThan(0);
  pagerduty.deletePolicy(usedId);
  expect(await pagerduty.list(`/oncalls?escalation_policy_ids[]=${usedId}`)).toEqual([]);

  const [team] = await pagerduty.list("/teams");
  pagerduty.deleteTeam(idOf(team));
  const [business] = await pagerduty.list("/business_services");
  expect((await ask(sandbox, `/business_services/${idOf(business)}`)).status).toBe(200);
  pagerduty.deleteBusinessService(idOf(business));
  for (const [path, id] of [
    ["/escalation_policies", usedId],
    ["/teams", idOf(team)],
    ["/business_services", idOf(business)],
  ] as const) {
    expect([path, (await ask(sandbox, `${path}/${id}`)).status]).toEqual([path, 404]);
    expect((await pagerduty.list(path)).map(idOf)).not.toContain(id);
  }
  expect(() => pagerduty.deleteTeam(idOf(team))).toThrow("Cannot find team");
});

test("what a deleted team had stays, and has no team", async () => {
  await using sandbox = await startSandbox(small);
  const { pagerduty } = sandbox;
  const lists = ["/services", "/schedules", "/escalation_policies", "/users"];
  const teams = await pagerduty.list("/teams");
  const before = await Promise.all(lists.map((path) => pagerduty.list(path)));
  for (const team of teams) pagerduty.deleteTeam(idOf(team));
  const after = await Promise.all(lists.map((path) => pagerduty.list(path)));
  expect(before.flat().some((row) => (row["teams"] as Row[]).length > 0)).toBe(true);
  expect(after.map((rows) => rows.map(idOf))).toEqual(before.map((rows) => rows.map(idOf)));
  expect(after.flat().filter((row) => (row["teams"] as Row[]).length > 0)).toEqual([]);
  const created = pagerduty.createService({ name: "Later" });
  expect(pagerduty.service(created)?.["teams"]).toEqual([]);
});

test("a service moves between teams and keeps all else; a deleted one can be restored", async () => {
  await using sandbox = await startSandbox(small);
  const { pagerduty } = sandbox;
  const [service] = pagerduty.allServices();
  const id = service?.id ?? "";
  const teams = await pagerduty.list("/teams");
  const last = idOf(teams.at(-1));
  pagerduty.renameService(id, "Renamed");
  sandbox.clock.advance(60_000);
  pagerduty.moveService(id, last);
  expect(pagerduty.service(id)).toMatchObject({
    name: "Renamed",
    teams: [{ id: last }],
    created_at: service?.["created_at"],
    updated_at: "2026-06-30T12:01:00Z",
  });
  const { body } = await ask(sandbox, "/services", { "team_ids[]": [last] });
  expect(body.services.map((one) => one.id)).toContain(id);
  pagerduty.moveService(id, null);
  expect(pagerduty.service(id)?.["teams"]).toEqual([]);
  expect(() => pagerduty.moveService(id, "PNONE")).toThrow("Cannot find team");

  pagerduty.deleteService(id);
  pagerduty.restoreService(id);
  expect((await ask(sandbox, `/services/${id}`)).status).toBe(200);
  expect(() => pagerduty.restoreService(id)).toThrow("it is there");
});

test("tellFalseDeletion() tells of a deletion that has not been", async () => {
  await using sandbox = await startSandbox(small);
  const [service] = sandbox.pagerduty.allServices();
  const events: unknown[] = [];
  sandbox.webhooks.onEvent((event) => events.push(event));
  sandbox.pagerduty.tellFalseDeletion(service?.id ?? "");
  await fetch(`${sandbox.controlUrl}/services/${service?.id}/false-deletion`, { method: "POST" });
  const event = { event_type: "service.deleted", data: { id: service?.id, type: "service" } };
  expect(events).toMatchObject([event, event]);
  expect((await ask(sandbox, `/services/${service?.id}`)).status).toBe(200);
});

test("the audit trail names what was deleted, of the types and actions that are asked for", async () => {
  await using sandbox = await startSandbox(small);
  const { pagerduty } = sandbox;
  const [service] = pagerduty.allServices();
  const [user] = await pagerduty.list("/users");
  const [schedule] = await pagerduty.list("/schedules");
  const [team] = await pagerduty.list("/teams");
  const deletions = { "actions[]": "delete" };
  expect(await readRecords(sandbox, deletions)).toEqual([]);
  pagerduty.deleteService(service?.id ?? "");
  sandbox.clock.advance(60_000);
  pagerduty.deleteUser(idOf(user));
  pagerduty.deleteSchedule(idOf(schedule));
  pagerduty.deleteTeam(idOf(team));
  const records = await readRecords(sandbox, deletions);
  expect(records.map(({ root_resource: resource }) => Reflect.get(Object(resource), "id"))).toEqual(
    [idOf(team), idOf(schedule), idOf(user), service?.id],
  );
  expect(records.at(-1)).toMatchObject({
    action: "delete",
    execution_time: "2026-06-30T12:00:00Z",
    root_resource: { id: service?.id, type: "service_reference" },
    method: { type: "browser" },
  });
  const ofUsers = { ...deletions, "root_resource_types[]": "users" };
  expect(await readRecords(sandbox, ofUsers)).toMatchObject([{ root_resource: { id: user?.id } }]);
  const since = { ...deletions, since: "2026-06-30T12:00:30Z" };
  expect(await readRecords(sandbox, since)).toHaveLength(3);
  expect(await readRecords(sandbox, { ...since, until: "2026-06-30T12:00:40Z" })).toEqual([]);
  expect((await ask(sandbox, "/audit/records", { "actions[]": "destroy" })).status).toBe(400);
  expect((await ask(sandbox, "/audit/records", { cursor: "c?" })).status).toBe(400);
  sandbox.configure({ refused: { audit: 403 } });
  expect((await ask(sandbox, "/audit/records", deletions)).status).toBe(403);
});

test("other processes delete teams and policies, and move services", async () => {
  await using sandbox = await startSandbox(small);
  const { pagerduty } = sandbox;
  const [service] = pagerduty.allServices();
  const call = async (method: string, path: string, body?: unknown): Promise<Row> => {
    const init = { method, body: body === undefined ? undefined : JSON.stringify(body) };
    return (await (await fetch(sandbox.controlUrl + path, init)).json()) as Row;
  };
  const teams = await pagerduty.list("/teams");
  await call("PATCH", `/services/${service?.id}`, { team: idOf(teams[0]) });
  expect(pagerduty.service(service?.id ?? "")?.["teams"]).toMatchObject([{ id: idOf(teams[0]) }]);
  await call("DELETE", `/teams/${idOf(teams[0])}`);
  expect(pagerduty.service(service?.id ?? "")?.["teams"]).toEqual([]);
  await call("DELETE", `/services/${service?.id}`);
  await call("POST", `/services/${service?.id}/restore`);
  expect(pagerduty.service(service?.id ?? "")).toBeDefined();
  expect((await ask(sandbox, `/services/${service?.id}`)).status).toBe(200);
  expect((await call("DELETE", "/escalation_policies/PNONE"))["error"]).toContain("Cannot find");
});
