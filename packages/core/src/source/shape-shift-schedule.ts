import { PagerportError } from "../errors.ts";
import { isIdentified, isRecord, type IdentifiedObject, type PagerDutyObject } from "./objects.ts";

/** Whoever has one of these addresses reads the schedule: they are credentials, and kept nowhere. */
const secrets: ReadonlySet<string> = new Set(["http_cal_url", "web_cal_url"]);

/**
 * Gives a shift-based schedule, as `GET /v3/schedules/{id}` answers it, the shape of a layer-based one:
 * `name`, `time_zone`, `description`, `teams`, `escalation_policies`, `users`, `html_url`. Its `type` stays
 * `schedule_v3`. Its users are those of its rotations, each once; PagerDuty tells them by their ids.
 * {@link https://developer.pagerduty.com/api-reference}
 *
 * @throws {PagerportError} where it is no such schedule
 */
export function shapeShiftSchedule(detail: unknown): IdentifiedObject {
  if (!isIdentified(detail) || typeof detail["name"] !== "string") {
    const id = isRecord(detail) ? String(detail["id"]) : JSON.stringify(detail);
    throw new PagerportError(`PagerDuty's answer holds what is not a shift-based schedule: ${id}`);
  }
  const { name, summary, description, html_url } = detail;
  const told = Object.entries(detail).filter(([key]) => !secrets.has(key));
  return {
    ...Object.fromEntries(told),
    id: detail.id,
    summary: typeof summary === "string" ? summary : name,
    description: description ?? null,
    html_url: html_url ?? null,
    teams: listOf(detail["teams"]),
    escalation_policies: listOf(detail["escalation_policies"]),
    users: listUsers(detail),
  };
}

function listUsers({ users, rotations }: PagerDutyObject): PagerDutyObject[] {
  const found = new Map<string, PagerDutyObject>();
  for (const user of listOf(users)) if (isIdentified(user)) found.set(user.id, user);
  for (const event of listOf(rotations).flatMap((rotation) => listIn(rotation, "events"))) {
    const strategy = isRecord(event) ? event["assignment_strategy"] : undefined;
    for (const member of listIn(strategy, "members")) {
      // An empty member, for a time that nobody has, names no user.
      const id = isRecord(member) ? member["user_id"] : undefined;
      if (typeof id === "string" && !found.has(id)) found.set(id, { id, type: "user_reference" });
    }
  }
  return [...found.values()];
}

function listIn(value: unknown, key: string): readonly unknown[] {
  return isRecord(value) ? listOf(value[key]) : [];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
