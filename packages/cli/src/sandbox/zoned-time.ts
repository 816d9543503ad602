/** Times as PagerDuty reads and writes them: whole seconds, in a time zone. */
import { findZone, formatMoment, type Zone } from "@pagerport/core";

/** Writes seconds since 1970 as ISO 8601. */
export type TimeFormat = (seconds: number) => string;

/** `YYYY-MM-DDTHH:MM:SSZ`. */
export const formatUtc: TimeFormat = (seconds) =>
  `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;

/** Writes times with the offset of a zone (`…-05:00`), and those in UTC with a `Z`. */
export function formatIn(zone: string): TimeFormat {
  if (isUtc(zone)) return formatUtc;
  const clocks = clocksOf(zone);
  return (seconds) => formatMoment(seconds * 1000, clocks);
}

const isoDateTime =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * Milliseconds since 1970 of an ISO 8601 time; undefined where it is none. A time that names no zone is
 * a time of day in `zone`, and a date alone is its midnight there.
 */
export function parseTime(text: string, zone: string): number | undefined {
  const match = isoDateTime.exec(text);
  if (match === null) return undefined;
  const [, date, time = "00:00:00", offset] = match;
  // A "+" that was not percent-encoded arrives as a blank; PagerDuty refuses that too.
  const written = Date.parse(`${date}T${time}${offset?.toUpperCase() ?? "Z"}`);
  if (Number.isNaN(written)) return undefined;
  return offset === undefined ? fromWallClock(written, zone) : written;
}

/** Whether a time zone of that name exists. */
export function isTimeZone(zone: string): boolean {
  return isUtc(zone) || findZone(zone) !== undefined;
}

/** The same day and time of day so many calendar months later (or earlier), in UTC; the 31st becomes the last day. */
export function addMonths(milliseconds: number, months: number): number {
  const date = new Date(milliseconds);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return date.getTime();
}

/** The instant at which a zone's clocks show what UTC's show at `wallClock`. */
function fromWallClock(wallClock: number, zone: string): number {
  if (isUtc(zone)) return wallClock;
  const clocks = clocksOf(zone);
  const guess = wallClock - clocks.offsetAt(wallClock);
  // A second look, for the hours around a change to or from summer time.
  return wallClock - clocks.offsetAt(guess);
}

/** @throws {RangeError} where there is no such zone */
function clocksOf(zone: string): Zone {
  const found = findZone(zone);
  if (found === undefined) throw new RangeError(`No time zone is called ${zone}`);
  return found;
}

function isUtc(zone: string): boolean {
  return /^(?:Etc\/)?(?:UTC|GMT|Z)$/i.test(zone);
}
