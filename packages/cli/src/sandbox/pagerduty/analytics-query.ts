import type { IncidentQuery } from "../incident-query.ts";
import { incidentRows } from "../incident-rows.ts";
import { invalidInput } from "../pagerduty-errors.ts";
import type { World } from "../world.ts";
import { parseTime } from "../zoned-time.ts";

/** A JSON object that was sent. */
type Sent = Readonly<Record<string, unknown>>;

/** What an analytics request asks for. */
export interface AnalyticsQuery {
  /** Milliseconds since 1970: from inclusive, to exclusive. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** Milliseconds since 1970: only what changed later. */
  readonly updatedAfter: number | undefined;
  readonly serviceIds: ReadonlySet<string> | undefined;
  readonly teamIds: ReadonlySet<string> | undefined;
  readonly urgencies: ReadonlySet<string> | undefined;
  readonly priorities: ReadonlySet<string> | undefined;
}

/** The body of an analytics request; 400 where it is no JSON object. */
export async function readBody(request: Request): Promise<Sent> {
  let body: unknown;
  try {
    const text = await request.text();
    body = text === "" ? {} : JSON.parse(text);
  } catch {
    throw invalidInput("The body is not valid JSON.");
  }
  return sentObject(body, "The body");
}

/** Reads `filters`; 400 where they are wrong. @param teamId the only team that the caller sees */
export function analyticsQuery(filters: unknown, teamId: string | undefined): AnalyticsQuery {
  const sent = sentObject(filters ?? {}, "filters");
  const teamIds = textsOf(sent, "team_ids");
  const serviceIds = textsOf(sent, "service_ids");
  if (teamId !== undefined && teamIds === undefined && serviceIds === undefined) {
    throw invalidInput("team_ids or service_ids must be given for a user's token.");
  }
  const urgency = sent["urgency"];
  return {
    from: timeOf(sent, "created_at_start"),
    to: timeOf(sent, "created_at_end"),
    updatedAfter: timeOf(sent, "updated_after"),
    serviceIds,
    teamIds: teamId === undefined ? teamIds : new Set([teamId]),
    urgencies: typeof urgency === "string" ? new Set([urgency]) : undefined,
    priorities: textsOf(sent, "priority_names"),
  };
}

/** The incidents that a query asks for, in the order of their creation, as far as analytics knows of them. */
export function analyticsRows(world: World, query: AnalyticsQuery): number[] {
  const { incidents, behaviour, clock, pieces } = world;
  const processed = clock.now() - behaviour.analyticsLagSeconds * 1000;
  const asked: IncidentQuery = {
    from: query.from ?? 0,
    to: Math.min(query.to === undefined ? processed : query.to - 1, processed),
    statuses: undefined,
    urgencies: query.urgencies,
    serviceIds: query.serviceIds,
    teamIds: query.teamIds,
    userIds: undefined,
    incidentKey: undefined,
    sort: [],
  };
  const rows = incidentRows(incidents, pieces, asked);
  const wanted: number[] = [];
  for (let position = 0; position < rows.length; position++) {
    const index = rows.at(position);
    const changed = incidents.life(index).changedAt * 1000;
    if (query.updatedAfter !== undefined && changed <= query.updatedAfter) continue;
    const priority = incidents.priority(index)?.name ?? "";
    if (query.priorities?.has(priority) === false) continue;
    wanted.push(index);
  }
  return wanted;
}

/** Whether analytics knows of an incident already. */
export function isProcessed(world: World, index: number): boolean {
  const age = world.clock.now() / 1000 - world.incidents.createdAt(index);
  return age >= world.behaviour.analyticsLagSeconds;
}

/** One of a few words; 400 where it is another. */
export function choiceOf<T extends string>(
  body: Sent,
  name: string,
  valid: readonly [T, ...(readonly T[])],
): T {
  const value = body[name];
  if (value === undefined) return valid[0];
  const found = valid.find((each) => each === value);
  if (found === undefined) throw invalidInput(`${name} must be one of ${valid.join(", ")}`);
  return found;
}

function sentObject(value: unknown, name: string): Sent {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidInput(`${name} must be an object.`);
  }
  return Object.fromEntries(Object.entries(value));
}

function textsOf(sent: Sent, name: string): ReadonlySet<string> | undefined {
  const value = sent[name];
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw invalidInput(`${name} must be an array.`);
  // An empty set filters nothing.
  return value.length === 0 ? undefined : new Set(value.map(String));
}

function timeOf(sent: Sent, name: string): number | undefined {
  const value = sent[name];
  if (value === undefined) return undefined;
  const time = typeof value === "string" ? parseTime(value, "UTC") : undefined;
  if (time === undefined) throw invalidInput(`${name} must be an ISO 8601 time.`);
  return time;
}
