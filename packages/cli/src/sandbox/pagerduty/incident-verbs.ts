import { ConfigError } from "@pagerport/core";
import type { Instant } from "../incident-times.ts";
import type { IncidentEditor } from "./incident-editor.ts";

/**
 * What happens to incidents themselves. Each changes what the API shows, leaves a log entry and is told to
 * subscribers. `at` is when; the clock's now where it is not given.
 */
export interface IncidentVerbs {
  /** @returns the id. `at` is when it was created. */
  createIncident(options: {
    readonly serviceId: string;
    readonly at?: Instant;
    readonly title?: string;
  }): string;
  /** Nothing of a resolved incident. */
  acknowledgeIncident(id: string, at?: Instant): void;
  /** Makes an acknowledged incident triggered again. */
  unacknowledgeIncident(id: string, at?: Instant): void;
  resolveIncident(id: string, at?: Instant): void;
  /** Makes an incident triggered again, whatever it was. */
  reopenIncident(id: string, at?: Instant): void;
  /** Calls the next person. */
  escalateIncident(id: string, at?: Instant): void;
  /** Moves it to another escalation policy; to the next one where none is named. */
  delegateIncident(id: string, policyId?: string, at?: Instant): void;
  /** Gives it to other people; to the next one where none are named. */
  reassignIncident(id: string, userIds?: readonly string[], at?: Instant): void;
  /** @param name `P1` … `P5`; null takes its priority away */
  prioritizeIncident(id: string, name: string | null, at?: Instant): void;
  /** A change that PagerDuty has no event for. */
  changeUrgency(id: string, urgency: "high" | "low", at?: Instant): void;
  /** Moves it to another service. */
  moveIncident(id: string, serviceId: string, at?: Instant): void;
  /** @param typeName `incident_default`, `major_incident` … */
  changeIncidentType(id: string, typeName: string, at?: Instant): void;
}

/** The verbs of a world's incidents. */
export function incidentVerbs(editor: IncidentEditor): IncidentVerbs {
  const { world } = editor;
  const { incidents, services, account } = world;
  const second = (at: Instant | undefined): number => editor.second(at);

  const giveTo = (
    id: string,
    userIds: readonly string[] | undefined,
    at: Instant | undefined,
    how: "assign" | "escalate",
  ): void => {
    const index = editor.indexOf(id);
    const assignees =
      userIds === undefined
        ? [nextPerson(editor, index)]
        : userIds.map((userId) => editor.person(userId, index));
    const event = how === "assign" ? "incident.reassigned" : "incident.escalated";
    editor.change(index, at, { type: how, event, details: { assignees } });
  };

  return {
    createIncident: ({ serviceId, at, title }) => {
      const service = services.find(serviceId);
      if (service === undefined) {
        throw new ConfigError(`Cannot create an incident as there is no service ${serviceId}`);
      }
      const index = incidents.create(service.index, second(at), title);
      editor.publish(index, "incident.triggered", at);
      return incidents.data.id(index);
    },
    acknowledgeIncident: (id, at) => {
      const index = editor.indexOf(id);
      if (!incidents.acknowledge(index, second(at))) return;
      editor.publish(index, "incident.acknowledged", at);
    },
    unacknowledgeIncident: (id, at) => {
      const index = editor.indexOf(id);
      if (incidents.life(index).status !== "acknowledged") return;
      incidents.reopen(index, second(at));
      editor.publish(index, "incident.unacknowledged", at);
    },
    resolveIncident: (id, at) => {
      const index = editor.indexOf(id);
      if (!incidents.resolve(index, second(at))) return;
      editor.publish(index, "incident.resolved", at);
    },
    reopenIncident: (id, at) => {
      const index = editor.indexOf(id);
      const wasResolved = incidents.life(index).status === "resolved";
      incidents.reopen(index, second(at));
      editor.publish(index, wasResolved ? "incident.reopened" : "incident.unacknowledged", at);
    },
    escalateIncident: (id, at) => giveTo(id, undefined, at, "escalate"),
    reassignIncident: (id, userIds, at) => giveTo(id, userIds, at, "assign"),
    delegateIncident: (id, policyId, at) => {
      const index = editor.indexOf(id);
      const { policies } = account;
      const before = policies.findIndex((known) => known.id === incidents.policy(index).id);
      const policy =
        policyId === undefined
          ? policies[(before + 1) % policies.length]
          : policies.find((known) => known.id === policyId);
      if (policy === undefined) {
        throw new ConfigError(`Cannot find escalation policy ${policyId} in the sandbox`);
      }
      editor.change(index, at, {
        type: "delegate",
        event: "incident.delegated",
        details: { policy },
      });
    },
    prioritizeIncident: (id, name, at) => {
      const priority = account.priorities.find((known) => known.name === name) ?? null;
      if (priority === null && name !== null) {
        throw new ConfigError(`Cannot find priority ${name} in the sandbox`);
      }
      editor.change(editor.indexOf(id), at, {
        type: "field_value_change",
        event: "incident.priority_updated",
        details: { priority },
      });
    },
    changeUrgency: (id, urgency, at) => {
      const index = editor.indexOf(id);
      incidents.change({ index, at: second(at), type: "urgency_change" }, { urgency });
    },
    moveIncident: (id, serviceId, at) => {
      const service = services.find(serviceId);
      if (service === undefined) {
        throw new ConfigError(`Cannot find service ${serviceId} in the sandbox`);
      }
      editor.change(editor.indexOf(id), at, {
        type: "field_value_change",
        event: "incident.service_updated",
        details: { serviceIndex: service.index },
      });
    },
    changeIncidentType: (id, typeName, at) => {
      editor.change(editor.indexOf(id), at, {
        type: "field_value_change",
        event: "incident.incident_type.changed",
        details: { typeName },
      });
    },
  };
}

/** Whoever comes after the one who has it now. */
function nextPerson(
  { world }: IncidentEditor,
  index: number,
): (typeof world.account.users)[number] {
  const { users } = world.account;
  const [now = world.incidents.data.person(index)] = world.incidents.assignees(index);
  return users[(now.index + 1) % users.length] ?? now;
}
