import type { Reference } from "../account-data.ts";
import { logEntryId } from "../ids.ts";
import type { IncidentChange } from "../incident-details.ts";
import { incidentObject, serviceObject, type World } from "../world.ts";
import type { TimeFormat } from "../zoned-time.ts";

/** What `include[]` may name for log entries. */
export const logEntryIncludes = ["incidents", "services", "channels", "teams"] as const;

/** Something that happened to an incident. */
export interface LogEntry {
  readonly index: number;
  /** Seconds since 1970. */
  readonly at: number;
  readonly type: "trigger" | IncidentChange["type"];
  /** Of its incident's entries, from 0 on. */
  readonly number: number;
  readonly text?: string;
}

/** The longest that a generated incident goes on: seven days. */
const longestOpenSeconds = 7 * 86_400;

/** What happened to one incident, newest first. */
export function entriesOfIncident(world: World, index: number): LogEntry[] {
  return [
    ...generatedEntries(world, index),
    ...laterEntries(world, (change) => change === index),
  ].toSorted(newestFirst);
}

/** What happened to all incidents within [from, to], seconds since 1970, newest first. */
export function entriesWithin(world: World, from: number, to: number): LogEntry[] {
  const { incidents } = world;
  const { times } = incidents.data;
  const entries: LogEntry[] = [];
  const add = (index: number): void => {
    for (const entry of generatedEntries(world, index)) {
      if (entry.at >= from && entry.at <= to) entries.push(entry);
    }
  };
  const high = times.lowerBound(to + 1);
  for (let index = times.lowerBound(from - longestOpenSeconds); index < high; index++) add(index);
  for (const index of incidents.createdWithin(from, to)) add(index);
  for (const entry of laterEntries(world, () => true)) {
    if (entry.at >= from && entry.at <= to) entries.push(entry);
  }
  return entries.toSorted(newestFirst);
}

/** A log entry as the API gives it. */
export function logEntryObject(
  world: World,
  entry: LogEntry,
  includes: ReadonlySet<string>,
  format: TimeFormat,
): object {
  const { account, incidents, pieces } = world;
  const { index, type, number } = entry;
  const id = logEntryId((pieces.entryKey ^ number) >>> 0, index);
  const incident = incidentObject(world, index);
  const service = incidents.service(index);
  const person = world.directory.refer(incidents.data.person(index));
  const reference: Reference = {
    id: incident.id,
    type: "incident_reference",
    summary: `[#${incident.incident_number}] ${incident.title}`,
    self: `${account.apiUrl}/incidents/${incident.id}`,
    html_url: incident.html_url,
  };
  const agent = type === "trigger" ? service.reference : person;
  const channel =
    entry.text === undefined
      ? { type: type === "trigger" ? "api" : "website" }
      : { type: "note", summary: entry.text };
  return {
    id,
    type: `${type}_log_entry`,
    summary: type === "trigger" ? incidents.data.trigger(index) : `${type} by ${agent.summary}`,
    self: `${account.apiUrl}/log_entries/${id}`,
    html_url: `${incident.html_url}/log_entries/${id}`,
    created_at: format(entry.at),
    agent,
    channel: includes.has("channels") ? { summary: incident.title, ...channel } : channel,
    service: includes.has("services") ? serviceObject(world, service, "UTC") : service.reference,
    incident: includes.has("incidents") ? incident : reference,
    teams: incident.teams,
    contexts: [],
    event_details: type === "trigger" ? { description: incident.title } : {},
  };
}

/** What an incident's generated life was, or its creation where it was created later. */
function generatedEntries({ incidents }: World, index: number): LogEntry[] {
  const entries: LogEntry[] = [
    { index, at: incidents.createdAt(index), type: "trigger", number: 0 },
  ];
  if (index >= incidents.data.count) return entries;
  const { acknowledgedAt, resolvedAt } = incidents.data.life(index);
  if (acknowledgedAt !== undefined) {
    entries.push({ index, at: acknowledgedAt, type: "acknowledge", number: 1 });
  }
  if (resolvedAt !== undefined) entries.push({ index, at: resolvedAt, type: "resolve", number: 2 });
  return entries;
}

/** What was done while the sandbox ran. */
function laterEntries({ incidents }: World, isWanted: (index: number) => boolean): LogEntry[] {
  return incidents.changes.flatMap((change, number) =>
    isWanted(change.index) ? [{ ...change, number: 3 + number }] : [],
  );
}

function newestFirst(left: LogEntry, right: LogEntry): number {
  return right.at - left.at || right.index - left.index || right.number - left.number;
}
