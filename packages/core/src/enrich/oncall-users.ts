import { readId } from "../source/kinds.ts";
import type { PagerDutyObject } from "../source/objects.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import { readOncallsOf } from "../source/read-oncalls.ts";
import { type Addition, Unavailable } from "./addition.ts";

/**
 * Adds the on-calls of this moment, users included: to a service those of its escalation policy
 * (`__oncall_user`), to a policy its own (`__oncall_users`). A policy is asked about once, together with
 * others.
 */
export function createOncallUsers(client: PagerDutyClient): Addition {
  const known = new Map<string, readonly PagerDutyObject[]>();

  return async ({ kind, objects, wanted, signal }) => {
    const policyOf = (object: PagerDutyObject): string | null =>
      kind === "services" ? readId(object["escalation_policy"]) : readId(object);
    const policies = new Set(objects.map(policyOf).filter((id) => id !== null));
    const unknown = [...policies].filter((id) => !known.has(id));
    if (unknown.length > 0) {
      const oncalls = await readOncallsOf(client, unknown, signal);
      if (oncalls === undefined) {
        throw new Unavailable("The list of on-calls changed again and again while it was read");
      }
      for (const [policy, rows] of oncalls) known.set(policy, rows);
    }
    return objects.map((object) => ({
      ...object,
      [wanted.key]: known.get(policyOf(object) ?? "") ?? [],
    }));
  };
}
