import type { PagerDutyClient } from "../../source/pagerduty-client.ts";

/** Where PagerDuty lists schedules of its newer kind. */
const path = "/v3/schedules";

/** Makes a client that remembers which schedules PagerDuty lists as those of its newer kind. */
export function watchSchedules(client: PagerDutyClient): {
  readonly client: PagerDutyClient;
  /** Their ids so far. */
  readonly newer: () => string[];
} {
  const ids = new Set<string>();
  return {
    client: {
      ask: (...request) => client.ask(...request),
      async get(asked, ...rest) {
        const answer = await client.get(asked, ...rest);
        if (asked === path) for (const id of listIds(answer.body["schedules"])) ids.add(id);
        return answer;
      },
    },
    newer: () => [...ids],
  };
}

function listIds(rows: unknown): string[] {
  if (!Array.isArray(rows)) return [];
  return rows.flatMap((row: unknown) => {
    const id: unknown = Reflect.get(Object(row), "id");
    return typeof id === "string" ? [id] : [];
  });
}
