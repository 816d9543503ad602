import { furthestRow, largestPage, fetchPage } from "./fetch-page.ts";
import { identifyOncall, readId } from "./kinds.ts";
import { isRecord, type PagerDutyObject } from "./objects.ts";
import type { PagerDutyClient, Query } from "./pagerduty-client.ts";
import { requestList } from "./read-kind.ts";
import { type ListReading, readList, type ReadListOptions } from "./read-list.ts";

/** Policies named in one address, which has its limits: about 8,000 characters with most servers. */
const mostPoliciesAsked = 100;

export interface ReadOncallsOptions extends ReadListOptions<PagerDutyObject> {
  /** Ids of all escalation policies that the account lists. */
  readonly listPolicies: () => Promise<readonly string[]>;
}

/**
 * Reads on-calls, those beyond the 10,000 that PagerDuty gives out policy by policy. The parts must add
 * up to the count of the whole.
 */
export async function readOncalls(
  client: PagerDutyClient,
  query: Query,
  options: ReadOncallsOptions,
): Promise<ListReading<PagerDutyObject>> {
  const position = { offset: 0, limit: largestPage, total: true };
  const list = requestList("oncalls", query);
  const first = await fetchPage(client, list, position, options.signal);
  const total = first.total ?? first.rows.length;
  if (total <= furthestRow) return readList(client, list, { ...options, first });

  options.onPage?.(first.rows.length);
  const policies = [...new Set(await options.listPolicies())];
  const parts = await readParts(client, query, chunk(policies), options);
  const rows = new Map(parts.rows.map((row) => [identifyOncall(row), row]));
  const again = await fetchPage(client, list, { ...position, limit: 1 }, options.signal);
  if (parts.reason !== "") {
    return { rows: [...rows.values()], complete: false, reason: parts.reason };
  }
  if (parts.counted === again.total) {
    return { rows: [...rows.values()], complete: true, reason: "" };
  }
  const reason = `it has ${again.total ?? total} rows, of which PagerDuty gives out ${furthestRow} a query, and the escalation policies' own add up to ${parts.counted}`;
  return { rows: [...rows.values()], complete: false, reason };
}

interface Parts {
  readonly rows: readonly PagerDutyObject[];
  /** Rows that the parts told of, those that are alike counted one by one. */
  readonly counted: number;
  readonly reason: string;
}

async function readParts(
  client: PagerDutyClient,
  query: Query,
  chunks: readonly (readonly string[])[],
  options: ReadOncallsOptions,
): Promise<Parts> {
  const parts = await Promise.all(
    chunks.map((policies) => readPart(client, query, policies, options)),
  );
  return {
    rows: parts.flatMap(({ rows }) => rows),
    counted: parts.reduce((sum, { counted }) => sum + counted, 0),
    reason: parts.find(({ reason }) => reason !== "")?.reason ?? "",
  };
}

/** The on-calls of some policies, halved until each half can be read to its end. */
async function readPart(
  client: PagerDutyClient,
  query: Query,
  policies: readonly string[],
  options: ReadOncallsOptions,
): Promise<Parts> {
  const named = policies.map((id) => ["escalation_policy_ids[]", id] as const);
  const list = requestList("oncalls", [...query, ...named]);
  const position = { offset: 0, limit: largestPage, total: true };
  const first = await fetchPage(client, list, position, options.signal);
  const counted = first.total ?? first.rows.length;
  const half = Math.ceil(policies.length / 2);
  if (counted > furthestRow && half < policies.length) {
    const halves = [policies.slice(0, half), policies.slice(half)];
    return readParts(client, query, halves, options);
  }
  const { rows, reason } = await readList(client, list, {
    signal: options.signal,
    onPage: options.onPage,
    first,
  });
  return { rows, counted, reason: reason === "" ? "" : `of ${nameAll(policies)}: ${reason}` };
}

function nameAll(policies: readonly string[]): string {
  const [first = ""] = policies;
  const others = policies.length - 1;
  return others === 0
    ? `escalation policy ${first}`
    : `escalation policy ${first} and ${others} others`;
}

function chunk(ids: readonly string[]): string[][] {
  const count = Math.ceil(ids.length / mostPoliciesAsked);
  return Array.from({ length: count }, (_, place) =>
    ids.slice(place * mostPoliciesAsked, (place + 1) * mostPoliciesAsked),
  );
}

/**
 * The on-calls of this moment of some escalation policies, users included, by policy.
 *
 * @returns undefined where not all could be read
 */
export async function readOncallsOf(
  client: PagerDutyClient,
  policies: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, readonly PagerDutyObject[]> | undefined> {
  const query: Query = [["include[]", "users"]];
  const listPolicies = (): Promise<readonly string[]> => Promise.resolve(policies);
  const parts = await readParts(client, query, chunk(policies), { signal, listPolicies });
  if (parts.reason !== "") return undefined;
  const byPolicy = new Map<string, PagerDutyObject[]>(policies.map((id) => [id, []]));
  for (const row of parts.rows) {
    if (isRecord(row)) byPolicy.get(readId(row["escalation_policy"]) ?? "")?.push(row);
  }
  return byPolicy;
}
