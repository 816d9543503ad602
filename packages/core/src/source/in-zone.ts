import { findZone, type Zone } from "../zones/find-zone.ts";
import { formatMoment } from "../zones/format-moment.ts";
import { isRecord, type PagerDutyObject } from "./objects.ts";
import type { Query } from "./pagerduty-client.ts";

/** The parameter of PagerDuty's API that names the zone in which an answer's times are written. */
const parameter = "time_zone";

/** The zone of a selector that names none: times end with `Z`. */
export const usualZone = "UTC";

/** What a listing must carry so that its times are those of a zone; nothing for UTC, which is asked for in any case. */
export function askForZone(zone: string | undefined): Query {
  return zone === undefined || zone === usualZone ? [] : [[parameter, zone]];
}

/**
 * A query with a zone in it: its own where it names one, else UTC. Without one, PagerDuty would write times in the
 * account's zone. What is asked for is never moved by this: every time that is sent ends with `Z`.
 */
export function withZone(query: Query): Query {
  return query.some(([name]) => name === parameter) ? query : [...query, [parameter, usualZone]];
}

/** Keys under which PagerDuty writes a time: `created_at`, `at`, `last_incident_timestamp`. */
const timeKeys = /(?:^|_)(?:at|timestamp)$/;

/** Keys under which others than PagerDuty write: what looks like a time there is text. */
const foreignKeys: ReadonlySet<string> = new Set(["body", "channel", "custom_fields", "metadata"]);

/** A time as PagerDuty writes it. */
const writtenTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** Characters of a time down to its seconds. */
const toSeconds = "2026-01-01T00:00:00".length;

/**
 * An object with its times as a list writes them that is asked for a zone. `GET /incidents/{id}` and
 * `GET /services/{id}` take no zone, and answer in UTC or in the account's: without this, an event would change
 * the text that the run before it wrote, and the next run would change it back.
 */
export function writeTimesIn<T extends PagerDutyObject>(object: T, zone: string): T {
  const place = findZone(zone);
  return place === undefined ? object : (rewrite(object, place) as T);
}

/** A time that is written in any zone, in UTC, so that texts of the same moment are the same; else the text. */
export function writeInUtc(text: string): string {
  if (text.endsWith("Z")) return text;
  const utc = findZone(usualZone);
  return utc === undefined ? text : rewriteTime(text, utc);
}

/** The value itself where nothing in it changes, as is usual. */
function rewrite(value: unknown, zone: Zone): unknown {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    const written = items.map((item) => rewrite(item, zone));
    return written.some((item, at) => item !== items[at]) ? written : items;
  }
  if (!isRecord(value)) return value;
  const changes: Record<string, unknown> = {};
  for (const [key, held] of Object.entries(value)) {
    if (foreignKeys.has(key)) continue;
    const isTime = typeof held === "string" && timeKeys.test(key);
    const written = isTime ? rewriteTime(held, zone) : rewrite(held, zone);
    if (written !== held) changes[key] = written;
  }
  return Object.keys(changes).length === 0 ? value : { ...value, ...changes };
}

function rewriteTime(text: string, zone: Zone): string {
  const match = writtenTime.exec(text);
  const moment = Date.parse(text);
  if (match === null || Number.isNaN(moment)) return text;
  const [, fraction = ""] = match;
  const written = formatMoment(Math.floor(moment / 1000) * 1000, zone);
  return `${written.slice(0, toSeconds)}${fraction}${written.slice(toSeconds)}`;
}
