import { readId } from "../source/kinds.ts";
import type { PagerDutyObject } from "../source/objects.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import { readOncallsOf } from "../source/read-oncalls.ts";
import { type Addition, Unavailable } from "./addition.ts";

type Oncalls = ReadonlyMap<string, readonly PagerDutyObject[]>;

/**
 * Adds the on-calls of this moment, users included: to a service those of its escalation policy
 * (`__oncall_user`), to a policy its own (`__oncall_users`). A policy is asked about once, together with
 * others, also where services and policies are read at the same time.
 */
export function createOncallUsers(client: PagerDutyClient): Addition {
  /** What is read, or being read, with others. */
  const readings = new Map<string, Promise<Oncalls>>();

  const begin = (policies: readonly string[], signal: AbortSignal | undefined): void => {
    const reading = readPolicies(client, policies, signal);
    for (const id of policies) readings.set(id, reading);
    reading.catch(() => {
      // Whoever waits for it is told; nobody else is.
      for (const id of policies) readings.delete(id);
    });
  };

  return async ({ kind, objects, wanted, signal }) => {
    const policyOf = (object: PagerDutyObject): string | null =>
      kind === "services" ? readId(object["escalation_policy"]) : readId(object);
    const policies = new Set(objects.map(policyOf).filter((id) => id !== null));
    const unknown = [...policies].filter((id) => !readings.has(id));
    if (unknown.length > 0) begin(unknown, signal);
    const wantedReadings = new Set([...policies].flatMap((id) => readings.get(id) ?? []));
    const found = await Promise.all(wantedReadings);
    const findOncalls = (policy: string): readonly PagerDutyObject[] =>
      found.find((oncalls) => oncalls.has(policy))?.get(policy) ?? [];
    const added = objects.map((object) => ({
      ...object,
      [wanted.key]: findOncalls(policyOf(object) ?? ""),
    }));
    return { objects: added };
  };
}

async function readPolicies(
  client: PagerDutyClient,
  policies: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Oncalls> {
  const oncalls = await readOncallsOf(client, policies, signal);
  if (oncalls === undefined) {
    throw new Unavailable("The list of on-calls changed again and again while it was read");
  }
  return oncalls;
}
