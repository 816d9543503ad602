import { invalidInput, PagerDutyProblem } from "./pagerduty-errors.ts";

/** One page of a list, as it was asked for. */
export interface PageRequest {
  readonly limit: number;
  readonly offset: number;
  readonly withTotal: boolean;
}

/** Rows of a page where none are asked for, and the most there can be (PagerDuty's pagination guide). */
const defaultLimit = 25;
const largestLimit = 100;

/** `offset + limit` may not be more (PagerDuty's pagination guide). */
const maxOffsetPlusLimit = 10_000;

/**
 * Reads `limit`, `offset` and `total`.
 *
 * @param maxLimit the most rows that a page may have; a larger `limit` becomes this one. `reject`: at
 *   most 100, and a larger `limit` is refused
 */
export function pageRequest(
  query: URLSearchParams,
  maxLimit: number | "reject" = largestLimit,
): PageRequest {
  const most = maxLimit === "reject" ? largestLimit : maxLimit;
  const asked = wholeNumber(query, "limit") ?? Math.min(defaultLimit, most);
  if (asked === 0 || (maxLimit === "reject" && asked > most)) {
    throw invalidInput(`Limit must be between 1 and ${most}`);
  }
  const limit = Math.min(asked, most);
  const offset = wholeNumber(query, "offset") ?? 0;
  if (offset + limit > maxOffsetPlusLimit) {
    throw new PagerDutyProblem(400, 2002, "Arguments Caused Error", [
      "Offset+limit exceeds maximum allowed value of 10000. Please try to refine your search to reduce the returned set of records below this number, like adding a date range.",
    ]);
  }
  return { limit, offset, withTotal: flag(query, "total") };
}

/** The fields that follow the rows of a page. */
export function pageFields(page: PageRequest, rows: number, total: number): string {
  const more = page.offset + rows < total;
  return `"limit":${page.limit},"offset":${page.offset},"total":${page.withTotal ? total : "null"},"more":${more}`;
}

/** A list with a length, of which a page may be taken without making the rest. */
export interface Rows {
  readonly length: number;
  at(position: number): number;
}

/** The rows of one page. */
export function rowsOf(rows: Rows, page: PageRequest): number[] {
  const count = Math.max(0, Math.min(page.limit, rows.length - page.offset));
  return Array.from({ length: count }, (_, position) => rows.at(page.offset + position));
}

/** `true|1|false|0`, lower case, as PagerDuty's documentation demands. */
function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name) ?? "false";
  if (!/^(?:true|false|1|0)$/.test(value)) throw invalidInput(`${name} must be true or false`);
  return value === "true" || value === "1";
}

function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  if (!/^\d{1,9}$/.test(value)) throw invalidInput(`${name} must be a whole number`);
  return Number(value);
}
