import { HttpError, NetworkError } from "../../../errors.ts";
import { formatTime } from "../../../source/incident-list.ts";
import type { KindName } from "../../../source/kinds.ts";
import { isRecord } from "../../../source/objects.ts";
import type { PagerDutyClient, Query } from "../../../source/pagerduty-client.ts";

/**
 * Kinds whose deletions PagerDuty's audit trail records.
 * {@link https://developer.pagerduty.com/docs/audit-records-api-overview}
 */
const audited: ReadonlySet<KindName> = new Set([
  "users",
  "teams",
  "schedules",
  "escalation_policies",
  "services",
]);

/** The longest stretch that may be asked for: 31 days, less an hour for clocks. Milliseconds. */
const longestSpan = 31 * 24 * 3_600_000 - 3_600_000;
/** Pages that are read at most, newest first: it is a help, and no list that must be whole. */
const mostPages = 10;

/**
 * The ids of objects of a kind that the audit trail says were deleted since a moment. Where the account
 * has none, or the token may not read it, there are none.
 *
 * @param since PagerDuty's time, milliseconds; at most 31 days before `until`
 */
export async function readAudit(
  client: PagerDutyClient,
  options: {
    readonly kind: KindName;
    readonly since: number;
    readonly until: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<ReadonlySet<string>> {
  const { kind, until, signal } = options;
  const deleted = new Set<string>();
  if (!audited.has(kind)) return deleted;
  const asked: Query = [
    ["root_resource_types[]", kind],
    ["actions[]", "delete"],
    ["since", formatTime(Math.max(options.since, until - longestSpan))],
    ["until", formatTime(until)],
    ["limit", "100"],
  ];
  let cursor: string | undefined;
  try {
    for (let page = 0; page < mostPages; page += 1) {
      const query: Query = cursor === undefined ? asked : [...asked, ["cursor", cursor]];
      const { body } = await client.get("/audit/records", query, signal);
      const { records, next_cursor } = body;
      for (const record of Array.isArray(records) ? (records as unknown[]) : []) {
        const id = readDeleted(record);
        if (id !== undefined) deleted.add(id);
      }
      if (typeof next_cursor !== "string" || next_cursor === "") break;
      cursor = next_cursor;
    }
  } catch (error) {
    signal?.throwIfAborted();
    const isRefused = error instanceof HttpError && error.status !== 401;
    if (!isRefused && !(error instanceof NetworkError)) throw error;
  }
  return deleted;
}

function readDeleted(record: unknown): string | undefined {
  if (!isRecord(record) || record["action"] !== "delete") return undefined;
  const resource = record["root_resource"];
  return isRecord(resource) && typeof resource["id"] === "string" ? resource["id"] : undefined;
}
