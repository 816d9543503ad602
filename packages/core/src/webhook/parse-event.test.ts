import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { caseCount } from "../testing/test-size.ts";
import { findEventType, listEventTypes, listMappedEventTypes } from "./event-types.ts";
import { findTouched } from "./find-touched.ts";
import { parseEvent } from "./parse-event.ts";

const encode = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

const incident = { id: "Q1", type: "incident_reference", summary: null };
const service = { id: "PS1", type: "service_reference" };
const whole = { id: "Q1", type: "incident", status: "resolved", service };

/** Every type, with data as PagerDuty shapes it, and what it touches. */
const cases: readonly (readonly [string, object, readonly string[]])[] = [
  ...["triggered", "acknowledged", "unacknowledged", "resolved", "reopened"].map(
    (name) => [`incident.${name}`, whole, ["incidents/Q1", "services/PS1"]] as const,
  ),
  ...["escalated", "delegated", "reassigned", "service_updated"].map(
    (name) => [`incident.${name}`, whole, ["incidents/Q1", "services/PS1"]] as const,
  ),
  ["incident.priority_updated", whole, ["incidents/Q1"]],
  ["incident.incident_type.changed", whole, ["incidents/Q1"]],
  ["incident.annotated", { type: "incident_note", id: "PNOTE", incident }, ["incidents/Q1"]],
  [
    "incident.status_update_published",
    { type: "incident_status_update", id: "PUPDATE", incident },
    ["incidents/Q1"],
  ],
  [
    "incident.responder.added",
    { type: "incident_responder", incident, user: null },
    ["incidents/Q1"],
  ],
  ["incident.responder.replied", { type: "incident_responder", incident }, ["incidents/Q1"]],
  [
    "incident.conference_bridge.updated",
    { type: "incident_conference_bridge", incident },
    ["incidents/Q1"],
  ],
  [
    "incident.custom_field_values.updated",
    { type: "incident_field_values", incident, custom_fields: [] },
    ["incidents/Q1"],
  ],
  [
    "incident.role.assigned",
    {
      type: "incident_role_assignment",
      incident_role_assignments: [
        { id: "8c1f", incident },
        { id: "8c20", incident: { id: "Q2" } },
      ],
    },
    ["incidents/Q1", "incidents/Q2"],
  ],
  ...["created", "updated", "completed"].map(
    (name) =>
      [
        `incident.task.${name}`,
        { type: "incident_task", id: "PTASK", incident },
        ["incidents/Q1"],
      ] as const,
  ),
  ...["started", "completed"].map(
    (name) =>
      [
        `incident.workflow.${name}`,
        { type: "incident_workflow_instance", id: "PRUN", incident, service },
        ["incidents/Q1"],
      ] as const,
  ),
  ...["created", "updated", "terminated"].map(
    (name) =>
      [
        `incident.action_invocation.${name}`,
        { type: "incident_action_invocation", id: "01ACTION", incident },
        ["incidents/Q1"],
      ] as const,
  ),
  ...["created", "updated", "deleted"].map(
    (name) =>
      [
        `service.${name}`,
        { type: "service", id: "PS1", summary: "API" },
        ["services/PS1"],
      ] as const,
  ),
  [
    "service.custom_field_values.updated",
    { type: "service_field_values", service },
    ["services/PS1"],
  ],
  ["pagey.ping", { type: "ping", message: "Hello from your friend Pagey!" }, []],
];

test("every type of event is known, and each is tested below", () => {
  expect(cases.map(([type]) => type).toSorted()).toEqual(
    [...listEventTypes(), "pagey.ping"].toSorted(),
  );
  expect(listEventTypes()).toHaveLength(30);
  expect(listEventTypes().filter((type) => !listMappedEventTypes().includes(type))).toEqual([
    "incident.annotated",
    "incident.status_update_published",
    "incident.role.assigned",
    "incident.task.created",
    "incident.task.updated",
    "incident.task.completed",
    "incident.workflow.started",
    "incident.workflow.completed",
    "incident.action_invocation.created",
    "incident.action_invocation.updated",
    "incident.action_invocation.terminated",
  ]);
});

for (const [type, data, touched] of cases) {
  test(`findTouched() of ${type} is ${touched.join(" and ") || "nothing"}`, () => {
    const { event } = parseEvent(
      encode({ event: { id: "01F", event_type: type, agent: null, client: null, data } }),
    );
    if (event === undefined) throw new Error("It was not read");
    const { key, others } = findTouched(event);
    expect([key, ...others].filter((name) => name !== undefined)).toEqual([...touched]);
  });
}

test("findTouched() finds nothing where the id is not where it belongs, or is none", () => {
  for (const [type, data] of [
    ["incident.annotated", { type: "incident_note", id: "PNOTE" }],
    ["incident.triggered", { type: "incident", id: "../users/P1" }],
    ["incident.triggered", { type: "incident", id: "Q".repeat(65) }],
    ["incident.triggered", { type: "incident", id: 7 }],
    ["incident.role.assigned", { incident_role_assignments: [null, 7, {}] }],
    ["service.created", { type: "service", id: "" }],
    ["incident.something_new", { type: "incident", id: "Q1" }],
  ] as const) {
    const { event } = parseEvent(encode({ event: { id: "01F", event_type: type, data } }));
    expect(event && findTouched(event)).toEqual({ key: undefined, others: [] });
  }
});

test("findTouched() of a workflow without an incident is its service", () => {
  const data = { type: "incident_workflow_instance", id: "PRUN", incident: null, service };
  const type = "incident.workflow.started";
  const { event } = parseEvent(encode({ event: { id: "01F", event_type: type, data } }));
  expect(event && findTouched(event).key).toBe("services/PS1");
});

test("parseEvent() reads the envelope", () => {
  const event = {
    id: "01F",
    event_type: "incident.triggered",
    resource_type: "incident",
    occurred_at: "2026-01-02T03:04:05.678Z",
    data: { id: "Q1", title: "a\0b" },
  };
  expect(parseEvent(encode({ event, more: 1 })).event).toEqual({
    id: "01F",
    type: "incident.triggered",
    resourceType: "incident",
    occurredAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    data: { id: "Q1", title: "a\0b" },
  });
  const least = parseEvent(
    encode({ event: { id: "01F", event_type: "new", occurred_at: "soon" } }),
  );
  expect(least.event).toMatchObject({ resourceType: "", occurredAt: undefined, data: {} });
});

test("parseEvent() gives the same body the same id, and says what is missing but not what is there", () => {
  const refused = [
    ["", "The body is not JSON"],
    ['{"event":{"id":"s3cret"', "The body is not JSON"],
    ["[1]", "The body has no 'event'"],
    ["null", "The body has no 'event'"],
    ['{"event":[]}', "The body has no 'event'"],
    ['{"event":{"event_type":"x"}}', "The event has no 'id'"],
    ['{"event":{"id":7,"event_type":"x"}}', "The event has no 'id'"],
    ['{"event":{"id":"01F"}}', "The event has no 'event_type'"],
  ] as const;
  const ids = refused.map(([body, reason]) => {
    const { unreadable } = parseEvent(encode(body));
    expect(unreadable?.reason).toBe(reason);
    expect(parseEvent(encode(body)).unreadable?.id).toBe(unreadable?.id ?? "");
    return unreadable?.id;
  });
  expect(new Set(ids).size).toBe(refused.length);
});

test("parseEvent() makes ids and types that a database can hold", () => {
  const id = `${"é".repeat(100_000)}\uD800`;
  const one = parseEvent(encode({ event: { id, event_type: id } })).event;
  const other = parseEvent(encode({ event: { id: `${id}2`, event_type: "x" } })).event;
  expect([one?.id.length, one?.type.length]).toEqual([71, 71]);
  expect(one?.id).not.toBe(other?.id ?? "");
  const odd = parseEvent(encode({ event: { id: "01\0\uD800", event_type: "x" } })).event;
  expect(odd?.id).toBe("01\u{FFFD}\u{FFFD}");
});

const event = fc.record(
  {
    id: fc.oneof(fc.string(), fc.jsonValue()),
    event_type: fc.oneof(
      fc.constantFrom(...listEventTypes(), "pagey.ping"),
      fc.string(),
      fc.jsonValue(),
    ),
    resource_type: fc.jsonValue(),
    occurred_at: fc.oneof(fc.string(), fc.jsonValue()),
    data: fc.oneof(
      fc.jsonValue(),
      fc.dictionary(
        fc.constantFrom("id", "type", "incident", "service", "incident_role_assignments"),
        fc.oneof(
          fc.jsonValue(),
          fc.constantFrom("incident", "service"),
          fc.record({ id: fc.oneof(fc.string(), fc.constant("Q1")) }),
          fc.array(fc.record({ incident: fc.record({ id: fc.string() }) })),
        ),
      ),
    ),
  },
  { requiredKeys: [] },
);

test("parseEvent() and findTouched() take whatever comes", () => {
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map(encode),
    event.map((value) => encode({ event: value })),
    fc.tuple(event, fc.nat()).map(([value, end]) => {
      const text = encode({ event: value });
      return text.subarray(0, end % (text.length + 1));
    }),
  );
  fc.assert(
    fc.property(body, (bytes) => {
      const { event: parsed, unreadable } = parseEvent(bytes);
      if (parsed === undefined) {
        expect(unreadable.id).toMatch(/^sha256-[0-9a-f]{64}$/);
        return;
      }
      expect(parsed.id.length).toBeGreaterThan(0);
      expect(parsed.id.length).toBeLessThanOrEqual(200);
      const { key, others } = findTouched(parsed);
      for (const name of [key, ...others]) {
        if (name !== undefined) expect(name).toMatch(/^(?:incidents|services)\/[\w-]{1,64}$/);
      }
      if (findEventType(parsed.type) === undefined) expect(key).toBeUndefined();
    }),
    { numRuns: caseCount(500) },
  );
});
