import type { Person, Reference } from "../account-data.ts";
import type { Responder } from "../incident-details.ts";
import { incidentKey } from "../incident-json.ts";
import { type FieldValue, incidentFields } from "../pagerduty/custom-fields.ts";
import { hash } from "../random.ts";
import type { World } from "../world.ts";
import { formatUtc } from "../zoned-time.ts";
import { eventReference } from "./event.ts";

/** What events about incidents carry. Each shape names its incident in a place of its own. */

/** One reference to an incident in so many has no summary. */
const namelessOneIn = 12;

/** Characters above which what was written is cut. PagerDuty tells no figure; this keeps to its 55 kB. */
const mostCharacters = 12_000;

/** The incident itself: what the API gives, but under other names and less of it. */
export function incidentData(world: World, index: number): object {
  const { incidents, account, pieces, edits } = world;
  const { data } = incidents;
  const id = data.id(index);
  const details = incidents.details(index);
  const service = incidents.service(index);
  const priority = incidents.priority(index);
  const { status } = incidents.life(index);
  const assignees = status === "resolved" ? [] : incidents.assignees(index);
  const incident = {
    html_url: `${account.webUrl}/incidents/${id}`,
    id,
    type: "incident",
    self: `${account.apiUrl}/incidents/${id}`,
    number: index + 1,
    status,
    incident_key: incidentKey(pieces, index) ?? null,
    created_at: formatUtc(incidents.createdAt(index)),
    // Left out where it never was resolved.
    reopened_at: details?.reopenedAt === undefined ? undefined : formatUtc(details.reopenedAt),
    title: incidents.title(index),
    service: eventReference(service.reference),
    assignees: assignees.map(({ reference }) => eventReference(reference)),
    escalation_policy: eventReference(incidents.policy(index)),
    teams: service.team === undefined ? [] : [eventReference(service.team)],
    priority:
      priority === null ? null : eventReference({ ...priority, type: "priority_reference" }),
    urgency: incidents.urgency(index),
    conference_bridge: details?.bridge ?? null,
    resolve_reason: null,
    incident_type: { name: details?.typeName ?? "incident_default" },
  };
  const byHand = Object.entries(edits.of(id) ?? {}).filter(([name]) => name in incident);
  return byHand.length === 0 ? incident : { ...incident, ...Object.fromEntries(byHand) };
}

/** A note or a status update: `id` is its own. */
export function writtenData(
  world: World,
  index: number,
  written: { readonly id: string; readonly kind: "note" | "status update"; readonly text: string },
): object {
  const { id, kind, text } = written;
  const incident = referTo(world, index);
  const trimmed = text.length > mostCharacters;
  const content = trimmed ? text.slice(0, mostCharacters) : text;
  return kind === "note"
    ? { incident, id, content, trimmed, type: "incident_note" }
    : { incident, id, message: content, trimmed, type: "incident_status_update" };
}

/** Someone who was asked for help: without an id. */
export function responderData(world: World, index: number, responder: Responder): object {
  return {
    incident: referTo(world, index),
    user: eventReference(responder.person.reference),
    escalation_policy: eventReference(world.incidents.policy(index)),
    message: responder.message,
    state: responder.state,
    type: "incident_responder",
  };
}

/** Where people meet: without an id. */
export function bridgeData(world: World, index: number): object {
  const bridge = world.incidents.details(index)?.bridge;
  return {
    incident: referTo(world, index),
    conference_numbers:
      bridge === null || bridge === undefined
        ? []
        : [{ label: "", number: bridge.conference_number }],
    conference_url: bridge?.conference_url ?? null,
    type: "incident_conference_bridge",
  };
}

/** Custom fields as they are now, and the changed ones as they were `before`: without an id. */
export function incidentFieldsData(
  world: World,
  index: number,
  before: readonly FieldValue[],
): object {
  const write = (field: FieldValue): object => eventField(field, "incidents");
  return {
    incident: referTo(world, index),
    custom_fields: incidentFields(world, index).map(write),
    changed_custom_fields: before.map(write),
    type: "incident_field_values",
  };
}

/** A role that somebody got or lost: the incident is named within each assignment only. */
export function roleData(
  world: World,
  index: number,
  assignment: {
    readonly id: string;
    readonly role: { readonly id: string; readonly summary: string };
    readonly assignee: Person | undefined;
    readonly before: Person | undefined;
  },
): object {
  const { id, role, assignee, before } = assignment;
  return {
    incident_role_assignments: [
      {
        id,
        assignee: assignee === undefined ? null : eventReference(assignee.reference),
        old_assignee: before === undefined ? null : eventReference(before.reference),
        role: { ...role, type: "incident_role_reference" },
        incident: referTo(world, index),
        status: assignee === undefined ? "unassigned" : "assigned",
        type: "incident_role_assignment",
      },
    ],
    type: "incident_role_assignment",
  };
}

/** A task: `id` is its own. */
export function taskData(
  world: World,
  index: number,
  task: { readonly id: string; readonly name: string; readonly status: string },
): object {
  const { id, name, status } = task;
  return {
    name,
    description: "",
    id,
    summary: name,
    status,
    assignees: world.incidents.assignees(index).map(({ reference }) => eventReference(reference)),
    incident: referTo(world, index),
    type: "incident_task",
  };
}

/** One run of a workflow: `id` is the run's, and the service is named too. */
export function workflowData(
  world: World,
  index: number,
  run: { readonly id: string; readonly workflow: Reference; readonly trigger: Reference },
): object {
  return {
    id: run.id,
    summary: run.workflow.summary,
    incident_workflow: eventReference(run.workflow),
    workflow_trigger: { ...eventReference(run.trigger), html_url: null },
    incident: referTo(world, index),
    service: eventReference(world.incidents.service(index).reference),
    type: "incident_workflow_instance",
  };
}

/** One run of an automated action: `id` is the run's. */
export function invocationData(
  world: World,
  index: number,
  invocation: { readonly id: string; readonly action: Reference; readonly state: string },
): object {
  const { id, action, state } = invocation;
  return {
    id,
    self: `${world.account.apiUrl}/automation_actions/invocations/${id}`,
    html_url: null,
    incident: referTo(world, index),
    action: eventReference(action),
    state,
    type: "incident_action_invocation",
  };
}

/** A custom field's value as events carry it. */
export function eventField(
  { data_type, field_type, id, name, type, value }: FieldValue,
  namespace?: string,
): object {
  return { data_type, field_type, id, name, namespace, type, value };
}

function referTo(world: World, index: number): Readonly<Record<string, unknown>> {
  const { account, incidents, edits, webhooks } = world;
  const id = incidents.data.id(index);
  const title = edits.of(id)?.["title"] ?? incidents.title(index);
  const isNameless = hash(account.key, webhooks.eventCount, 603) % namelessOneIn === 0;
  return {
    html_url: `${account.webUrl}/incidents/${id}`,
    id,
    self: `${account.apiUrl}/incidents/${id}`,
    summary: isNameless ? null : title,
    type: "incident_reference",
  };
}
