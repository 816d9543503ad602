import { kindKey, type Reference } from "../account-data.ts";
import { fullTeam, fullUser } from "../full-objects.ts";
import { shortId } from "../ids.ts";
import type { World } from "../world.ts";
import type { PersonReference } from "./directory.ts";
import { type PolicyLevel, policyLevels, policyTeam } from "./policy-levels.ts";
import { scheduleObject } from "./schedules.ts";

/** What `include[]` may name for escalation policies. */
export const policyIncludes = [
  "services",
  "teams",
  "targets",
  "escalation_rule_assignment_strategies",
] as const;

/** An escalation policy in full. */
export function policyObject(
  world: World,
  policy: Reference,
  includes: ReadonlySet<string> = new Set(),
): Readonly<Record<string, unknown>> {
  const { account, services } = world;
  const number = account.policies.findIndex(({ id }) => id === policy.id);
  const levels = policyLevels(world, number);
  const team = policyTeam(world, number);
  const strategy = includes.has("escalation_rule_assignment_strategies")
    ? { type: "assign_to_everyone" }
    : undefined;
  return {
    id: policy.id,
    type: "escalation_policy",
    summary: policy.summary,
    self: policy.self,
    html_url: policy.html_url,
    name: policy.summary,
    escalation_rules: levels.map((level) => ({
      id: shortId(kindKey(account.key, "escalation rule"), number * 4 + level.level),
      escalation_delay_in_minutes: 30,
      targets: [includes.has("targets") ? fullTarget(world, level) : targetOf(world, level)],
      // Left out of the answer where it is undefined.
      escalation_rule_assignment_strategy: strategy,
    })),
    services: services
      .listed()
      .filter((service) => service.policy.id === policy.id)
      .map(({ reference }) => reference),
    num_loops: number % 3,
    teams: team === undefined ? [] : [includes.has("teams") ? fullTeam(team) : team],
    description: number % 2 === 0 ? null : `Who is called by ${policy.summary}`,
    on_call_handoff_notifications: "if_has_services",
    privilege: null,
  };
}

function targetOf({ directory }: World, level: PolicyLevel): PersonReference {
  return level.schedule?.reference ?? directory.refer(level.person);
}

function fullTarget(world: World, level: PolicyLevel): object {
  if (level.schedule?.kind === "shifts") return level.schedule.reference;
  if (level.schedule !== undefined) return scheduleObject(world, level.schedule);
  const reference = world.directory.refer(level.person);
  return reference.self === null ? reference : fullUser(world, level.person);
}
