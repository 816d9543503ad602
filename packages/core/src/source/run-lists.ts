import { findHistory } from "./incident-list.ts";
import type { PagerDutyClient } from "./pagerduty-client.ts";
import { readKind } from "./read-kind.ts";
import type { RunLists } from "./read-listing.ts";

/** Reads each list that several parts of a run need once, when it is first needed. */
export function createRunLists(client: PagerDutyClient): RunLists {
  const readIds = async (
    kind: "services" | "escalation_policies",
    signal?: AbortSignal,
  ): Promise<readonly string[]> => {
    const { rows } = await readKind(client, kind, [], { signal });
    return rows.map((row) => String(row["id"]));
  };
  return {
    findHistory: once((signal) => findHistory(client, signal)),
    listServices: once((signal) => readIds("services", signal)),
    listPolicies: once((signal) => readIds("escalation_policies", signal)),
    readShiftSchedules: once((signal) => readKind(client, "v3/schedules", [], { signal })),
    readUsers: once((signal) => readKind(client, "users", [], { signal })),
  };
}

type Read<Value> = (signal?: AbortSignal) => Promise<Value>;

/** Remembers what was read, but not what failed. */
function once<Value>(read: Read<Value>): Read<Value> {
  let reading: Promise<Value> | undefined;
  return (signal) => {
    const begun = reading ?? read(signal);
    reading = begun;
    begun.catch(() => {
      if (reading === begun) reading = undefined;
    });
    return begun;
  };
}
