import { expect, test } from "bun:test";
import { ask } from "../ask-sandbox.ts";
import type { Sandbox } from "../start-sandbox.ts";
import type { WebhookEvent } from "./event.ts";
import { eventTypes } from "./event-types.ts";
import { startSandbox } from "../../testing/start-sandbox.ts";

const now = "2026-06-30T12:00:00Z";
const small = { services: 12, incidents: 50, now } as const;

type Data = Readonly<Record<string, unknown>>;

/** Where an event names what it is about (PagerDuty's guide). */
function resourceOf(event: WebhookEvent): unknown {
  const data: Data = Object(event.data);
  const type = String(data["type"]);
  if (type === "incident" || type === "service") return data["id"];
  if (type === "incident_role_assignment") {
    const [assignment] = Array.isArray(data["incident_role_assignments"])
      ? data["incident_role_assignments"]
      : [];
    return idOf(assignment?.incident);
  }
  return idOf(data["incident"]) ?? idOf(data["service"]);
}

function idOf(reference: unknown): unknown {
  return Reflect.get(Object(reference), "id");
}

/** Does one of everything. @returns ids of the incident and the service */
function doEverything({ pagerduty }: Sandbox): { incident: string; service: string } {
  const [first, second] = [...pagerduty.allServices()];
  const incident = pagerduty.createIncident({ serviceId: first?.id ?? "", title: "Down" });
  pagerduty.acknowledgeIncident(incident);
  pagerduty.unacknowledgeIncident(incident);
  pagerduty.resolveIncident(incident);
  pagerduty.reopenIncident(incident);
  pagerduty.escalateIncident(incident);
  pagerduty.delegateIncident(incident);
  pagerduty.reassignIncident(incident);
  pagerduty.prioritizeIncident(incident, "P2");
  pagerduty.moveIncident(incident, second?.id ?? "");
  pagerduty.changeIncidentType(incident, "major_incident");
  pagerduty.annotateIncident(incident, "A note");
  pagerduty.publishStatusUpdate(incident, "An update");
  const user = pagerduty.addResponder(incident);
  pagerduty.replyAsResponder(incident, user, "joined");
  const bridge = { conference_number: "+1 555 0100", conference_url: "https://meet.example.com/1" };
  pagerduty.setConferenceBridge(incident, bridge);
  pagerduty.changeCustomFields(incident, { environment: "changed" });
  pagerduty.assignRole(incident, "Scribe", user);
  const task = pagerduty.createTask(incident, "Look");
  pagerduty.updateTask(task, "Look again");
  pagerduty.completeTask(task);
  pagerduty.completeWorkflow(pagerduty.startWorkflow(incident));
  const invocation = pagerduty.invokeAction(incident);
  pagerduty.updateInvocation(invocation, "running");
  pagerduty.terminateInvocation(invocation);
  const service = pagerduty.createService({ name: "New" });
  pagerduty.renameService(service, "Newer");
  pagerduty.changeCustomFields(service, { environment: "changed" });
  pagerduty.deleteService(service);
  return { incident, service };
}

test("each of the 30 types of events names its incident or service in its own place", async () => {
  await using sandbox = await startSandbox(small);
  const events: WebhookEvent[] = [];
  sandbox.webhooks.onEvent((event) => events.push(event));
  const { incident, service } = doEverything(sandbox);
  const seen = new Set(events.map(({ event_type }) => event_type));
  expect([...seen].toSorted()).toEqual([...eventTypes].toSorted());
  expect(events.length).toBe(eventTypes.length);
  for (const event of events) {
    const about = event.resource_type === "service" ? service : incident;
    expect([event.event_type, resourceOf(event)]).toEqual([event.event_type, about]);
  }
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);

  const dataOf = (type: string): Data =>
    Object(events.find(({ event_type }) => event_type === type)?.data);
  // These have an id of their own, which is not the incident's.
  for (const type of ["annotated", "status_update_published", "task.created", "workflow.started"]) {
    expect([type, dataOf(`incident.${type}`)["id"]]).toEqual([
      type,
      expect.stringMatching(/^P\w{6}$/),
    ]);
  }
  // And these have none at all.
  for (const type of [
    "responder.added",
    "responder.replied",
    "conference_bridge.updated",
    "custom_field_values.updated",
    "role.assigned",
  ]) {
    expect(Object.keys(dataOf(`incident.${type}`))).not.toContain("id");
  }
  expect(Object.keys(dataOf("service.custom_field_values.updated"))).not.toContain("id");
  expect(Object.keys(dataOf("service.created"))).not.toContainAnyValues(["name", "status"]);
  expect(dataOf("incident.workflow.completed")["service"]).toMatchObject({
    type: "service_reference",
  });
  expect(dataOf("incident.custom_field_values.updated")).toMatchObject({
    changed_custom_fields: [{ name: "environment", namespace: "incidents" }],
    custom_fields: [{ name: "environment", value: "changed" }, {}, {}],
  });
  const resolved = dataOf("incident.resolved");
  expect([resolved["assignees"], resolved["reopened_at"]]).toEqual([[], undefined]);
  expect(dataOf("incident.reopened")["reopened_at"]).toBe(now);
  expect(Object.keys(resolved)).not.toContainAnyValues(["summary", "updated_at", "resolved_at"]);
});

test("what an event tells is what the API and the log entries show", async () => {
  await using sandbox = await startSandbox(small);
  const { incident } = doEverything(sandbox);
  const query = { "include[]": ["conference_bridge", "custom_fields"] };
  const shown = (await ask(sandbox, `/incidents/${incident}`, query)).body.incident;
  const events: WebhookEvent[] = [];
  sandbox.webhooks.onEvent((event) => events.push(event));
  sandbox.clock.advance(1000);
  sandbox.pagerduty.acknowledgeIncident(incident);
  const told: Data = Object(events[0]?.data);
  expect(shown).toMatchObject({
    status: "triggered",
    conference_bridge: { conference_number: "+1 555 0100" },
    priority: { name: "P2" },
    incident_type: { name: "major_incident" },
    incidents_responders: [{ state: "joined" }],
    updated_at: now,
  });
  expect(told).toMatchObject({
    status: "acknowledged",
    number: shown.incident_number,
    service: { id: shown.service.id },
    escalation_policy: { id: shown.escalation_policy.id },
    assignees: shown.assignments.map(({ assignee }) => ({ id: assignee.id })),
    priority: { id: shown.priority?.id, type: "priority_reference" },
    incident_type: { name: "major_incident" },
    conference_bridge: { conference_number: "+1 555 0100" },
  });
  for (const name of ["id", "title", "created_at", "urgency", "incident_key", "html_url", "self"]) {
    expect([name, told[name]]).toEqual([name, shown[name]]);
  }
  expect(told["teams"]).toEqual(shown.teams.map(({ id }) => expect.objectContaining({ id })));
  sandbox.pagerduty.changeObject(incident, { title: "By hand", custom: 1 });
  sandbox.pagerduty.annotateIncident(incident, "x");
  sandbox.pagerduty.resolveIncident(incident);
  expect(events.at(-1)?.data).toMatchObject({ title: "By hand", status: "resolved" });
  expect(Object.keys(Object(events.at(-1)?.data))).not.toContain("custom");
  const filtered = { date_range: "all", "service_ids[]": shown.service.id };
  const { incidents } = (await ask(sandbox, "/incidents", { ...filtered, limit: 100 })).body;
  expect(incidents.map(({ id }) => id)).toContain(incident);

  const account = await sandbox.pagerduty.list("/log_entries?since=2026-06-30T12:00:00Z");
  const own = await sandbox.pagerduty.list(`/incidents/${incident}/log_entries`, "log_entries");
  const types = own.map(({ type }) => String(type));
  // One for each event of the incident, from its trigger on, and one for the change by hand.
  expect(types.length).toBe(30);
  expect(account.length).toBe(30);
  expect(types.at(-1)).toBe("trigger_log_entry");
  for (const type of ["annotate", "assign", "delegate", "escalate", "custom_field_value_change"]) {
    expect(types).toContain(`${type}_log_entry`);
  }
});

test("a service's status follows what happens to its incidents, wherever they are moved", async () => {
  await using sandbox = await startSandbox({ ...small, incidents: 0 });
  const { pagerduty } = sandbox;
  const active = [...pagerduty.allServices()].filter(({ status }) => status === "active");
  const [from = "", to = ""] = active.map(({ id }) => id);
  const statuses = async (): Promise<(string | undefined)[]> => {
    const { services } = (await ask(sandbox, "/services", { limit: 100 })).body;
    return [from, to].map((id) => services.find((service) => service.id === id)?.status);
  };
  const first = pagerduty.createIncident({ serviceId: from });
  const second = pagerduty.createIncident({ serviceId: from });
  expect(await statuses()).toEqual(["critical", "active"]);
  pagerduty.acknowledgeIncident(first);
  expect(await statuses()).toEqual(["critical", "active"]);
  pagerduty.moveIncident(second, to);
  expect(await statuses()).toEqual(["warning", "critical"]);
  pagerduty.resolveIncident(first);
  pagerduty.acknowledgeIncident(second);
  expect(await statuses()).toEqual(["active", "warning"]);
  pagerduty.reopenIncident(first);
  pagerduty.resolveIncident(second);
  expect(await statuses()).toEqual(["critical", "active"]);
});

test("a change that PagerDuty has no event for is in the log entries and in filters all the same", async () => {
  await using sandbox = await startSandbox({ ...small, incidents: 0 });
  const { pagerduty, webhooks, clock } = sandbox;
  const id = pagerduty.createIncident({ serviceId: [...pagerduty.allServices()][0]?.id ?? "" });
  const before = { ...webhooks.events };
  const urgency = pagerduty.incident(id)?.urgency === "low" ? "high" : "low";
  clock.advance(60_000);
  pagerduty.changeUrgency(id, urgency);
  expect(webhooks.events).toEqual(before);
  const list = await pagerduty.list(`/incidents?date_range=all&urgencies[]=${urgency}`);
  expect(list).toMatchObject([{ id, urgency, updated_at: "2026-06-30T12:01:00Z" }]);
  const entries = await pagerduty.list("/log_entries?since=2026-06-30T12:01:00Z");
  expect(entries).toMatchObject([{ type: "urgency_change_log_entry", incident: { id } }]);
});

test("an incident may be told of before the API shows it", async () => {
  await using sandbox = await startSandbox({ ...small, incidentLagSeconds: 10 });
  const { pagerduty, webhooks, clock } = sandbox;
  const seen: string[] = [];
  webhooks.onEvent(({ event_type }) => seen.push(event_type));
  const id = pagerduty.createIncident({ serviceId: [...pagerduty.allServices()][0]?.id ?? "" });
  const find = async (): Promise<[number, number | null]> => [
    (await ask(sandbox, `/incidents/${id}`)).status,
    (await ask(sandbox, "/incidents", { date_range: "all", total: "true" })).body.total,
  ];
  expect(seen).toEqual(["incident.triggered"]);
  expect(await find()).toEqual([404, 50]);
  clock.advance(10_000);
  expect(await find()).toEqual([200, 51]);
});

test("agents, clients and summaries are missing now and then, as in real events", async () => {
  await using sandbox = await startSandbox(small);
  const { pagerduty } = sandbox;
  const events: WebhookEvent[] = [];
  sandbox.webhooks.onEvent((event) => events.push(event));
  const id = pagerduty.createIncident({ serviceId: [...pagerduty.allServices()][0]?.id ?? "" });
  for (let note = 0; note < 300; note++) pagerduty.annotateIncident(id, `Note ${note}`);
  const agents = events.map(({ agent }) => (agent === null ? 0 : Object.keys(agent).length));
  expect(new Set(agents)).toEqual(new Set([0, 2, 5]));
  expect(new Set(events.map(({ client }) => client?.name))).toEqual(
    new Set([undefined, "Monitoring Service"]),
  );
  const summaries = events.map(({ data }) => Reflect.get(Object(Object(data).incident), "summary"));
  expect(summaries.filter((summary) => summary === null).length).toBeWithin(5, 80);
});
