import type { ListRequest } from "./fetch-page.ts";
import { findKind, type KindName } from "./kinds.ts";
import type { PagerDutyObject } from "./objects.ts";
import type { PagerDutyClient, Query } from "./pagerduty-client.ts";
import { readCursorList } from "./read-cursor-list.ts";
import { type ListReading, readList, type ReadListOptions } from "./read-list.ts";

/** A classic list as a request. */
export function requestList(name: KindName, query: Query): ListRequest<PagerDutyObject> {
  const { path, wrapper, isRow, identify, mayRepeat, pageSize, query: always } = findKind(name);
  const joined = joinQueries(query, always);
  return { path, wrapper, isRow, identify, mayRepeat, pageSize, query: joined };
}

/** Reads a list whole, however it is paged. */
export function readKind(
  client: PagerDutyClient,
  name: KindName,
  query: Query,
  options: ReadListOptions<PagerDutyObject> = {},
): Promise<ListReading<PagerDutyObject>> {
  const kind = findKind(name);
  return kind.paging.by === "offset"
    ? readList(client, requestList(name, query), options)
    : readCursorList(client, kind, joinQueries(query, kind.query), options);
}

/** What is asked, and of what is always asked that which is not asked otherwise. */
function joinQueries(query: Query, always: Query): Query {
  const names = new Set(query.map(([name]) => name));
  return [...query, ...always.filter(([name]) => !names.has(name))];
}
