import { expect, test } from "bun:test";
import { type CatalogAccess, eventTypes } from "@pagerport/cli/sandbox";
import type { JsonObject } from "@pagerport/core";
import { listDrift } from "../support/list-drift.ts";
import { type ServiceSetting, startServiceSetting } from "../support/run-service.ts";

/** All that an event may change of an incident or a service, as far as the API shows it. */
const mapping = `
resources:
  - kind: services
    selector: { query: "true", includeCustomFields: true }
    port: { entity: { mappings: {
      identifier: .id, title: .name, blueprint: '"service"',
      properties: { status: .status, environment: &environment '[.__custom_fields[]? | select(.name == "environment") | .value] | .[0]' } } } }
  - kind: incidents
    selector:
      query: "true"
      includeCustomFields: true
      apiQueryParams: { date_range: all, include: [assignees, conference_bridge] }
    port: { entity: { mappings: {
      identifier: .id, title: .title, blueprint: '"incident"',
      properties: {
        status: .status, priority: .priority.summary, policy: .escalation_policy.id,
        assignees: '[.assignments[].assignee.email] | join(",")', kind: .incident_type.name,
        bridge: .conference_bridge.conference_number, environment: *environment,
        responders: '[.incidents_responders[].state] | join(",")' },
      relations: { service: .service.id } } } }
`;

const text = { type: "string" };
const blueprints: readonly JsonObject[] = [
  {
    identifier: "service",
    title: "Service",
    schema: { properties: { status: text, environment: text }, required: [] },
    relations: {},
  },
  {
    identifier: "incident",
    title: "Incident",
    schema: {
      properties: Object.fromEntries(
        [
          "status",
          "priority",
          "policy",
          "assignees",
          "kind",
          "bridge",
          "environment",
          "responders",
        ].map((name) => [name, text]),
      ),
      required: [],
    },
    relations: { service: { title: "Service", target: "service", many: false, required: false } },
  },
];

/** What is known of before a change, and what changes make known. */
interface Ids {
  incident: string;
  readonly service: string;
  readonly other: string;
  /** The service that is created and deleted. */
  made: string;
  /** A responder, a task, a run: what the next event is about. */
  last: string;
}

type Change = (pagerduty: CatalogAccess, ids: Ids) => unknown;

const itself = ["incidents"] as const;
const withService = ["incidents", "service"] as const;
const made = ["made"] as const;

/**
 * Each type of event in an order in which they can happen: what makes it, the objects that it is a reason to
 * read, and the field of the entity that is otherwise after it. What stands beside an incident changes none.
 */
const cases: readonly (readonly [string, Change, readonly string[], string | undefined])[] = [
  [
    "incident.triggered",
    (pagerduty, ids) => (ids.incident = pagerduty.createIncident({ serviceId: ids.service })),
    withService,
    "status",
  ],
  [
    "incident.acknowledged",
    (p, { incident }) => p.acknowledgeIncident(incident),
    withService,
    "status",
  ],
  [
    "incident.unacknowledged",
    (p, { incident }) => p.unacknowledgeIncident(incident),
    withService,
    "status",
  ],
  ["incident.resolved", (p, { incident }) => p.resolveIncident(incident), withService, "status"],
  ["incident.reopened", (p, { incident }) => p.reopenIncident(incident), withService, "status"],
  [
    "incident.escalated",
    (p, { incident }) => p.escalateIncident(incident),
    withService,
    "assignees",
  ],
  ["incident.delegated", (p, { incident }) => p.delegateIncident(incident), withService, "policy"],
  [
    "incident.reassigned",
    (p, { incident }) => p.reassignIncident(incident),
    withService,
    "assignees",
  ],
  [
    "incident.priority_updated",
    (p, { incident }) => changePriority(p, incident),
    itself,
    "priority",
  ],
  [
    "incident.service_updated",
    (p, { incident, other }) => p.moveIncident(incident, other),
    ["incidents", "service", "other"],
    "service",
  ],
  [
    "incident.incident_type.changed",
    (p, { incident }) => p.changeIncidentType(incident, "major_incident"),
    itself,
    "kind",
  ],
  [
    "incident.annotated",
    (p, { incident }) => p.annotateIncident(incident, "A note"),
    itself,
    undefined,
  ],
  [
    "incident.status_update_published",
    (p, { incident }) => p.publishStatusUpdate(incident, "We are on it"),
    itself,
    undefined,
  ],
  [
    "incident.responder.added",
    (p, ids) => (ids.last = p.addResponder(ids.incident)),
    itself,
    "responders",
  ],
  [
    "incident.responder.replied",
    (p, { incident, last }) => p.replyAsResponder(incident, last, "joined"),
    itself,
    "responders",
  ],
  [
    "incident.conference_bridge.updated",
    (p, { incident }) =>
      p.setConferenceBridge(incident, {
        conference_number: "+1 555 0100",
        conference_url: "https://meet.example.com/1",
      }),
    itself,
    "bridge",
  ],
  [
    "incident.custom_field_values.updated",
    (p, { incident }) => p.changeCustomFields(incident, { environment: "changed" }),
    itself,
    "environment",
  ],
  [
    "incident.role.assigned",
    (p, { incident, last }) => p.assignRole(incident, "Scribe", last),
    itself,
    undefined,
  ],
  [
    "incident.task.created",
    (p, ids) => (ids.last = p.createTask(ids.incident, "Look")),
    itself,
    undefined,
  ],
  ["incident.task.updated", (p, { last }) => p.updateTask(last, "Look again"), itself, undefined],
  ["incident.task.completed", (p, { last }) => p.completeTask(last), itself, undefined],
  [
    "incident.workflow.started",
    (p, ids) => (ids.last = p.startWorkflow(ids.incident)),
    itself,
    undefined,
  ],
  ["incident.workflow.completed", (p, { last }) => p.completeWorkflow(last), itself, undefined],
  [
    "incident.action_invocation.created",
    (p, ids) => (ids.last = p.invokeAction(ids.incident)),
    itself,
    undefined,
  ],
  [
    "incident.action_invocation.updated",
    (p, { last }) => p.updateInvocation(last, "running"),
    itself,
    undefined,
  ],
  [
    "incident.action_invocation.terminated",
    (p, { last }) => p.terminateInvocation(last),
    itself,
    undefined,
  ],
  ["service.created", (p, ids) => (ids.made = p.createService({ name: "New" })), made, "status"],
  ["service.updated", (p, ids) => p.renameService(ids.made, "Newer"), made, "title"],
  [
    "service.custom_field_values.updated",
    (p, ids) => p.changeCustomFields(ids.made, { environment: "changed" }),
    made,
    "environment",
  ],
  ["service.deleted", (p, ids) => p.deleteService(ids.made), made, "status"],
];

function changePriority(pagerduty: CatalogAccess, incident: string): void {
  const now = pagerduty.incident(incident)?.priority?.summary;
  pagerduty.prioritizeIncident(incident, now === "P1" ? "P2" : "P1");
}

/** What a change is seen by: of the incident, or of the service that is made. */
function readField({ sandbox }: ServiceSetting, ids: Ids, field: string, isMade: boolean): unknown {
  const entity = isMade
    ? sandbox.port.entity("service", ids.made)
    : sandbox.port.entity("incident", ids.incident);
  if (field === "title") return entity?.title;
  return entity?.properties[field] ?? entity?.relations[field];
}

test("createSyncService() brings every type of event to the entities that it changes, and to no others", async () => {
  expect(cases.map(([type]) => type).toSorted()).toEqual([...eventTypes].toSorted());
  await using setting = await startServiceSetting(
    { services: 3, incidents: 0, schedules: 1, users: 4 },
    { mapping, blueprints },
  );
  const { sandbox, events } = setting;
  const [service, other] = [...sandbox.pagerduty.allServices()].filter(
    ({ status }) => status === "active",
  );
  const ids: Ids = {
    incident: "",
    service: String(service?.id),
    other: String(other?.id),
    made: "",
    last: "",
  };
  for (const [type, change, touched, field] of cases) {
    const isMade = touched === made;
    const before = field === undefined ? undefined : readField(setting, ids, field, isMade);
    events.length = 0;
    const sent: string[] = [];
    const stop = sandbox.webhooks.onEvent((event) => void sent.push(event.event_type));
    change(sandbox.pagerduty, ids);
    stop();
    expect(sent).toEqual([type]);
    await setting.settle();
    const processed = events.flatMap((event) => (event.type === "processed" ? [event] : []));
    const names: Record<string, string> = {
      incidents: `incidents/${ids.incident}`,
      service: `services/${ids.service}`,
      other: `services/${ids.other}`,
      made: `services/${ids.made}`,
    };
    expect([type, ...processed.map(({ key }) => key).toSorted()]).toEqual([
      type,
      ...touched.map((name) => String(names[name])).toSorted(),
    ]);
    const outcome = type === "service.deleted" ? "deleted" : "applied";
    expect([type, new Set(processed.map((one) => one.outcome.outcome))]).toEqual([
      type,
      new Set([outcome]),
    ]);
    if (field !== undefined) {
      expect([type, readField(setting, ids, field, isMade)]).not.toEqual([type, before]);
    }
    // The rest of the incident's life is on the service that it was moved to.
    expect([type, await listDrift(sandbox, mapping)]).toEqual([type, []]);
  }
});

test("createSyncService() has nothing to do about a ping, nor about what it does not know", async () => {
  await using setting = await startServiceSetting({
    services: 1,
    incidents: 0,
    schedules: 1,
    users: 2,
  });
  const { sandbox, events, store } = setting;
  events.length = 0;
  const ping = { message: "Hello from your friend Pagey!", type: "ping" };
  sandbox.webhooks.send({ type: "pagey.ping", data: ping });
  const incident = { id: "Q1", type: "incident" };
  sandbox.webhooks.send({
    type: "incident.something_new",
    data: incident,
    resource: "incidents/Q1",
  });
  await setting.settle();
  expect(events).toEqual([]);
  const rows = await store.sql.all("SELECT type, state FROM inbox ORDER BY type");
  expect(rows.map((row) => [row["type"], row["state"]])).toEqual([
    ["incident.something_new", "done"],
    ["pagey.ping", "done"],
  ]);
});
