import { createPlan, type ListingPlan } from "../listing-plan.ts";
import type { EscalationPolicySelector } from "../selection.ts";
import { writeInclude } from "./write-include.ts";

/** How the escalation policies that a selector means are read. */
export function planEscalationPolicies(selector: EscalationPolicySelector): ListingPlan {
  const { include, team_ids, user_ids } = selector.apiQueryParams ?? {};
  const included = writeInclude(include);
  // A user may be reached through a schedule, which a policy does not show.
  const users = [...new Set(user_ids)].toSorted().map((id) => ["user_ids[]", id] as const);
  return createPlan("escalation_policies", {
    query: [...included, ...users],
    objectQuery: included,
    filters: { teamIds: team_ids },
    enrichments: (selector.attachOncallUsers ?? true) ? [{ key: "__oncall_users" }] : [],
  });
}
