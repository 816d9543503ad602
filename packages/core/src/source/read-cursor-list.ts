import { largestPage, readRows } from "./fetch-page.ts";
import type { Kind } from "./kinds.ts";
import type { PagerDutyObject } from "./objects.ts";
import type { PagerDutyClient, Query } from "./pagerduty-client.ts";
import type { ListReading, ReadListOptions } from "./read-list.ts";

/**
 * Reads a list that is paged by an opaque mark, or that is one answer. Such a list tells no count: it is
 * complete when it says that nothing follows.
 */
export async function readCursorList(
  client: PagerDutyClient,
  kind: Kind,
  query: Query,
  options: ReadListOptions = {},
): Promise<ListReading<PagerDutyObject>> {
  const { paging } = kind;
  const rows = new Map<string, PagerDutyObject>();
  const marks = new Set<string>();
  let mark: string | undefined;
  for (;;) {
    const asked: Query = [
      ...query,
      ...(paging.by === "nothing" ? [] : ([["limit", String(largestPage)]] as const)),
      ...(paging.by === "cursor" && mark !== undefined
        ? ([[paging.parameter, mark]] as const)
        : []),
    ];
    const { body } = await client.get(kind.path, asked, options.signal);
    const page = readRows(body, kind);
    options.onPage?.(page.length);
    for (const row of page) rows.set(kind.identify(row), row);
    const next = paging.by === "cursor" ? body[paging.field] : undefined;
    if (typeof next !== "string" || next === "") {
      if (body["more"] === true) {
        const reason = "PagerDuty says that more rows follow, but not how to ask for them";
        return { rows: [...rows.values()], complete: false, reason };
      }
      return { rows: [...rows.values()], complete: true, reason: "" };
    }
    if (marks.has(next)) {
      const reason = `PagerDuty answers the same '${next}' again and again as where it goes on`;
      return { rows: [...rows.values()], complete: false, reason };
    }
    marks.add(next);
    mark = next;
  }
}
