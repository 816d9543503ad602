import type { Person, Priority, Reference } from "./account-data.ts";

/** Where people of an incident meet. */
export interface ConferenceBridge {
  readonly conference_number: string;
  readonly conference_url: string;
}

/** Someone who was asked to help with an incident. */
export interface Responder {
  readonly person: Person;
  readonly message: string;
  readonly state: "pending" | "joined" | "declined";
  /** Seconds since 1970. */
  readonly requestedAt: number;
  readonly updatedAt: number;
}

/** What was changed of an incident besides its status; what is not there is as it was at first. */
export interface IncidentDetails {
  readonly serviceIndex?: number;
  readonly policy?: Reference;
  readonly assignees?: readonly Person[];
  readonly priority?: Priority | null;
  readonly urgency?: "high" | "low";
  /** `incident_default` where it was never changed. */
  readonly typeName?: string;
  readonly bridge?: ConferenceBridge | null;
  readonly responders?: readonly Responder[];
  /** Seconds since 1970. */
  readonly reopenedAt?: number;
  readonly updatedAt?: number;
}

/** What can be done to an incident: each leaves a log entry of that name. */
export type IncidentChangeType =
  | "acknowledge"
  | "action_invocation"
  | "annotate"
  | "assign"
  | "conference_bridge"
  | "custom_field_value_change"
  | "delegate"
  | "escalate"
  | "field_value_change"
  | "resolve"
  | "responder"
  | "role"
  | "status_update"
  | "task"
  | "unacknowledge"
  | "urgency_change"
  | "workflow";

/** Something that was done to an incident while the sandbox ran. */
export interface IncidentChange {
  readonly index: number;
  /** Seconds since 1970. */
  readonly at: number;
  readonly type: IncidentChangeType;
  /** What was written, where something was. */
  readonly text?: string;
}
