import { incidentKey, type IncidentPieces } from "./incident-json.ts";
import type { IncidentQuery, SortField } from "./incident-query.ts";
import type { IncidentStore } from "./incident-store.ts";
import type { Rows } from "./paging.ts";

/**
 * The indexes of the incidents that a query asks for, in its order. Without filters and in order of
 * creation, the usual case, nothing is made: the n-th row is computed.
 *
 * @param newestSeen seconds since 1970: what was created later while the sandbox ran is not seen yet
 */
export function incidentRows(
  store: IncidentStore,
  pieces: IncidentPieces,
  query: IncidentQuery,
  newestSeen = Number.POSITIVE_INFINITY,
): Rows {
  const from = Math.ceil(query.from / 1000);
  const to = Math.floor(query.to / 1000);
  const { times } = store.data;
  // Only resolved incidents are older than this, so a filter for open ones need not look there.
  const openOnly = query.userIds !== undefined || query.statuses?.has("resolved") === false;
  const low = Math.max(times.lowerBound(from), openOnly ? store.firstOpen : 0);
  const high = Math.max(low, times.lowerBound(to + 1));
  const created = store.createdWithin(from, Math.min(to, newestSeen));
  const computed = high - low;
  const all: Rows = {
    length: computed + created.length,
    at: (position) =>
      position < computed ? low + position : (created[position - computed] ?? Number.NaN),
  };

  const matches = matcher(store, pieces, query);
  const rows = matches === undefined ? all : listOf(collect(all, matches));
  const direction = plainDirection(store, query.sort, created, low, high);
  if (direction === "ascending") return rows;
  if (direction === "descending") {
    return { length: rows.length, at: (position) => rows.at(rows.length - 1 - position) };
  }
  return listOf(collect(rows, () => true).toSorted(comparer(store, query.sort)));
}

/** The same rows, beginning elsewhere and going round: what a list without a stable order does between two pages. */
export function rotated(rows: Rows, by: number): Rows {
  if (rows.length === 0) return rows;
  return { length: rows.length, at: (position) => rows.at((position + by) % rows.length) };
}

function listOf(indexes: readonly number[]): Rows {
  return { length: indexes.length, at: (position) => indexes[position] ?? Number.NaN };
}

function collect(rows: Rows, matches: (index: number) => boolean): number[] {
  const indexes: number[] = [];
  for (let position = 0; position < rows.length; position++) {
    const index = rows.at(position);
    if (matches(index)) indexes.push(index);
  }
  return indexes;
}

/** Whether an incident passes all filters; undefined where there are none. */
function matcher(
  store: IncidentStore,
  pieces: IncidentPieces,
  query: IncidentQuery,
): ((index: number) => boolean) | undefined {
  const tests: ((index: number) => boolean)[] = [];
  const { statuses, urgencies, serviceIds, teamIds, userIds } = query;
  if (urgencies !== undefined) tests.push((index) => urgencies.has(store.urgency(index)));
  if (serviceIds !== undefined) tests.push((index) => serviceIds.has(store.service(index).id));
  if (teamIds !== undefined) {
    tests.push((index) => teamIds.has(store.service(index).team?.id ?? ""));
  }
  if (userIds !== undefined) {
    // A resolved incident has no assignee, so it is nobody's.
    tests.push((index) =>
      store.assignees(index).some(({ reference }) => userIds.has(reference.id)),
    );
    tests.push((index) => store.life(index).status !== "resolved");
  }
  if (statuses !== undefined && statuses.size < 3) {
    tests.push((index) => statuses.has(store.life(index).status));
  }
  if (query.incidentKey !== undefined) {
    tests.push((index) => incidentKey(pieces, index) === query.incidentKey);
  }
  return tests.length === 0 ? undefined : (index) => tests.every((test) => test(index));
}

/** Tells where the wanted order is that of the indexes, or its reverse, so that nothing need be sorted. */
function plainDirection(
  store: IncidentStore,
  sort: readonly SortField[],
  created: readonly number[],
  low: number,
  high: number,
): "ascending" | "descending" | undefined {
  const [first = { field: "created_at", descending: false }, second] = sort;
  const direction = first.descending ? "descending" : "ascending";
  if (first.field === "incident_number") return direction;
  if (first.field !== "created_at") return undefined;
  const agrees =
    second === undefined ||
    (second.field === "incident_number" && second.descending === first.descending);
  if (!agrees) return undefined;
  // Incidents created later may have been given a time before others.
  let last = high > low ? store.createdAt(high - 1) : 0;
  for (const index of created) {
    const at = store.createdAt(index);
    if (at < last) return undefined;
    last = at;
  }
  return direction;
}

function comparer(
  store: IncidentStore,
  sort: readonly SortField[],
): (left: number, right: number) => number {
  const fields = sort.length === 0 ? [{ field: "created_at", descending: false } as const] : sort;
  return (left, right) => {
    for (const { field, descending } of fields) {
      const difference = valueOf(store, field, left) - valueOf(store, field, right);
      if (difference !== 0) return descending ? -difference : difference;
    }
    return left - right;
  };
}

function valueOf(store: IncidentStore, field: SortField["field"], index: number): number {
  switch (field) {
    case "incident_number":
      return index;
    case "created_at":
      return store.createdAt(index);
    case "resolved_at":
      // Those that are still open come last; two of them are equal, which infinities would not be.
      return store.life(index).resolvedAt ?? Number.MAX_SAFE_INTEGER;
    default:
      return store.urgency(index) === "high" ? 0 : 1;
  }
}
