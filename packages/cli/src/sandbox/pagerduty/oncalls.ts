import type { Person, Reference } from "../account-data.ts";
import { fullUser } from "../full-objects.ts";
import { choices, instantOf } from "../incident-query.ts";
import { invalidInput, PagerDutyProblem } from "../pagerduty-errors.ts";
import type { World } from "../world.ts";
import type { TimeFormat } from "../zoned-time.ts";
import type { Schedule } from "./directory.ts";
import { policyObject } from "./policies.ts";
import { policyLevels } from "./policy-levels.ts";
import { scheduleObject } from "./schedules.ts";
import { turnsWithin } from "./turns.ts";

/** What `include[]` may name for on-calls. */
export const oncallIncludes = ["escalation_policies", "users", "schedules"] as const;

/** How far ahead on-calls are told (PagerDuty's API reference), and how much a client's clock may differ. */
const horizonSeconds = 90 * 86_400;
const toleranceSeconds = 60;

/** One person on call at one level of one policy; times in seconds since 1970, undefined: always. */
export interface Oncall {
  readonly policy: Reference;
  readonly level: number;
  readonly schedule: Schedule | undefined;
  readonly person: Person;
  readonly start: number | undefined;
  readonly end: number | undefined;
}

/** What `GET /oncalls` asks for, in order of policy, level and time. @param zone of times that name none */
export function oncallRows(world: World, query: URLSearchParams, zone: string): Oncall[] {
  const now = Math.floor(world.clock.now() / 1000);
  const since = instantOf(query, "since", zone);
  const until = instantOf(query, "until", zone);
  const from = since === undefined ? now : Math.floor(since / 1000);
  const asked = until === undefined ? Math.max(from, now) : Math.floor(until / 1000);
  if (asked < from) {
    throw new PagerDutyProblem(400, 2004, "Invalid Since or Until Parameter Provided", [
      "Until must not be before since.",
    ]);
  }
  const isTooFar = asked > now + horizonSeconds + toleranceSeconds;
  if (isTooFar && world.behaviour.oncallHorizon === "reject") {
    throw invalidInput("Until cannot be more than 90 days in the future.");
  }
  const to = Math.min(asked, now + horizonSeconds);

  const policies = choices(query, "escalation_policy_ids[]");
  const users = choices(query, "user_ids[]");
  const schedules = choices(query, "schedule_ids[]");
  const rows = world.account.policies.flatMap((policy, index) =>
    policies?.has(policy.id) === false || world.removed.has(policy.id)
      ? []
      : oncallsOf(world, policy, index, from, to),
  );
  const wanted = rows.filter(
    ({ person, schedule }) =>
      users?.has(person.reference.id) !== false &&
      // The word null stands for those who are always on call.
      schedules?.has(schedule?.reference.id ?? "null") !== false,
  );
  return query.get("earliest") === "true" ? earliestOf(wanted) : wanted;
}

/** An on-call as the API gives it: it has no id and no type. */
export function oncallObject(
  world: World,
  oncall: Oncall,
  includes: ReadonlySet<string>,
  format: TimeFormat,
): object {
  const { policy, schedule, person, start, end } = oncall;
  const user = world.directory.refer(person);
  const withUser = includes.has("users") && user.self !== null;
  return {
    escalation_policy: includes.has("escalation_policies") ? policyObject(world, policy) : policy,
    escalation_level: oncall.level,
    schedule: schedule === undefined ? null : scheduleOf(world, schedule, includes),
    user: withUser ? fullUser(world, person) : user,
    start: start === undefined ? null : format(start),
    end: end === undefined ? null : format(end),
  };
}

function scheduleOf(world: World, schedule: Schedule, includes: ReadonlySet<string>): object {
  // What PagerDuty includes of a shift-based one is not documented: the least that it can be.
  const isWhole = includes.has("schedules") && schedule.kind === "layers";
  return isWhole ? scheduleObject(world, schedule) : schedule.reference;
}

function oncallsOf(
  world: World,
  policy: Reference,
  index: number,
  from: number,
  to: number,
): Oncall[] {
  return policyLevels(world, index).flatMap(({ level, schedule, person }): Oncall[] => {
    if (schedule === undefined) {
      return [{ policy, level, schedule, person, start: undefined, end: undefined }];
    }
    return turnsWithin(schedule, from, to)
      .filter((turn) => turn.end > from)
      .map(({ person: next, start, end }) => ({
        policy,
        level,
        schedule,
        person: next,
        start,
        end,
      }));
  });
}

/** One for each policy, level and person. */
function earliestOf(rows: readonly Oncall[]): Oncall[] {
  const seen = new Set<string>();
  return rows.filter(({ policy, level, person }) => {
    const key = `${policy.id} ${level} ${person.reference.id}`;
    const isFirst = !seen.has(key);
    seen.add(key);
    return isFirst;
  });
}
