import { kindKey, type Account, type Priority, type Reference } from "./account-data.ts";
import { logEntryId } from "./ids.ts";
import type { IncidentStatus } from "./incident-data.ts";
import type { IncidentDetails } from "./incident-details.ts";
import type { IncidentStore } from "./incident-store.ts";
import { hash } from "./random.ts";
import type { TimeFormat } from "./zoned-time.ts";

/** After so many seconds an incident that nobody acknowledged escalates. */
const escalatesAfterSeconds = 1800;

/** An incident as `GET /incidents` gives it, parsed. */
export interface IncidentJson {
  readonly [key: string]: unknown;
  readonly id: string;
  readonly incident_number: number;
  readonly title: string;
  readonly description: string;
  readonly created_at: string;
  readonly status: IncidentStatus;
  readonly urgency: "high" | "low";
  readonly html_url: string;
  readonly service: Reference;
  readonly escalation_policy: Reference;
  readonly teams: readonly Reference[];
  readonly assignments: readonly { readonly at: string; readonly assignee: Reference }[];
  readonly acknowledgements: readonly { readonly at: string; readonly acknowledger: Reference }[];
  readonly first_trigger_log_entry: Reference;
  readonly last_status_change_by: Reference | null;
  readonly priority: Priority | null;
}

/** Pieces of JSON of an account that incidents repeat. */
export interface IncidentPieces {
  readonly entryKey: number;
  readonly people: readonly string[];
}

/** Prepares what {@link incidentJson} repeats. */
export function incidentPieces(account: Account): IncidentPieces {
  return {
    entryKey: kindKey(account.key, "log entry"),
    people: account.users.map(({ reference }) => JSON.stringify(reference)),
  };
}

/**
 * An incident as `GET /incidents` gives it, as JSON text. Written by hand from prepared pieces: a page
 * of 100 would take several times as long through objects.
 */
export function incidentJson(
  store: IncidentStore,
  pieces: IncidentPieces,
  index: number,
  format: TimeFormat,
): string {
  const { data } = store;
  const { account } = data;
  const service = store.service(index);
  const life = store.life(index);
  const createdAt = store.createdAt(index);
  const number = index + 1;
  const id = data.id(index);
  const person = pieces.people[data.person(index).index] ?? "null";
  const title = JSON.stringify(store.title(index));
  const self = `"self":"${account.apiUrl}/incidents/${id}","html_url":"${account.webUrl}/incidents/${id}"`;
  const hashed = hash(pieces.entryKey, index);
  const created = format(createdAt);
  const changed = life.changedAt === createdAt ? created : format(life.changedAt);
  const open = life.status !== "resolved";
  const alerts = hashed % 4;
  const entry = logEntryId(pieces.entryKey, index);
  const details = store.details(index);
  const priority = store.priority(index);
  const updated =
    details?.updatedAt === undefined || details.updatedAt <= life.changedAt
      ? changed
      : format(details.updatedAt);
  const policy =
    details?.policy === undefined ? service.json.policy : JSON.stringify(details.policy);
  const key = incidentKey(pieces, index);

  return (
    `{"incident_number":${number},"title":${title},"description":${title},` +
    `"created_at":"${created}","updated_at":"${updated}","status":"${life.status}",` +
    `"incident_key":${key === undefined ? "null" : `"${key}"`},` +
    `"service":${service.json.reference},` +
    `"assignments":${open ? assignments(details, created, person) : "[]"},` +
    `"assigned_via":"escalation_policy","last_status_change_at":"${changed}",` +
    `"resolved_at":${life.resolvedAt === undefined ? "null" : `"${changed}"`},` +
    `"first_trigger_log_entry":{"id":"${entry}","type":"trigger_log_entry_reference",` +
    `"summary":"${data.trigger(index)}","self":"${account.apiUrl}/log_entries/${entry}",` +
    `"html_url":"${account.webUrl}/incidents/${id}/log_entries/${entry}"},` +
    `"alert_counts":{"all":${alerts},"triggered":${open ? alerts : 0},"resolved":${open ? 0 : alerts}},` +
    `"is_mergeable":true,"incident_type":{"name":${JSON.stringify(details?.typeName ?? "incident_default")}},` +
    `"escalation_policy":${policy},"teams":${service.json.teams},` +
    `"pending_actions":${pendingActions(life.status, createdAt, format)},` +
    `"acknowledgements":${life.status === "acknowledged" ? `[{"at":"${changed}","acknowledger":${person}}]` : "[]"},` +
    `"basic_alert_grouping":null,"alert_grouping":null,` +
    `"last_status_change_by":${lastChangeBy(hashed, life.status === "triggered", person, service.json.reference)},` +
    `"priority":${priority === null ? "null" : JSON.stringify(priority)},` +
    responders(details, format) +
    `"urgency":"${store.urgency(index)}","id":"${id}","type":"incident",` +
    `"summary":"[#${number}] ${title.slice(1)},${self}}`
  );
}

/** 32 hexadecimal digits, as incidents get that came without a key; one in eight has none. */
export function incidentKey(pieces: IncidentPieces, index: number): string | undefined {
  if (hash(pieces.entryKey, index) % 8 === 0) return undefined;
  let text = "";
  for (let part = 1; part <= 4; part++) {
    text += hash(pieces.entryKey, index, part).toString(16).padStart(8, "0");
  }
  return text;
}

function assignments(details: IncidentDetails | undefined, at: string, person: string): string {
  if (details?.assignees === undefined) return `[{"at":"${at}","assignee":${person}}]`;
  return JSON.stringify(details.assignees.map(({ reference }) => ({ at, assignee: reference })));
}

/** Those who were asked to help; nothing of incidents where nobody ever was. */
function responders(details: IncidentDetails | undefined, format: TimeFormat): string {
  if (details?.responders === undefined) return "";
  const list = details.responders.map(({ person, message, state, requestedAt, updatedAt }) => ({
    state,
    user: person.reference,
    message,
    requested_at: format(requestedAt),
    updated_at: format(updatedAt),
  }));
  return `"incidents_responders":${JSON.stringify(list)},"responder_requests":[],`;
}

function pendingActions(status: string, createdAt: number, format: TimeFormat): string {
  if (status === "resolved") return "[]";
  const at = format(createdAt + escalatesAfterSeconds);
  return `[{"type":"${status === "triggered" ? "escalate" : "unacknowledge"}","at":"${at}"}]`;
}

/** A person or, of changes that the service made itself, the service; one in ten is not known. */
function lastChangeBy(hashed: number, triggered: boolean, person: string, service: string): string {
  const share = (hashed >>> 8) % 10;
  if (share === 0) return "null";
  return triggered || share < 4 ? service : person;
}
