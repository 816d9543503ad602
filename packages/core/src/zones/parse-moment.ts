import { ConfigError } from "../errors.ts";
import { findZone, type Zone } from "./find-zone.ts";

const form = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?)?$/;

const day = 86_400_000;

/**
 * The moment of a date as PagerDuty takes it, in milliseconds at a whole second. One without a zone is
 * the time of day in `zone`, the first one where its clocks show it twice; a date alone is the first second of
 * that day there.
 *
 * @throws {ConfigError} where it is no date, no zone, or a time that the zone's clocks skip
 */
export function parseMoment(text: string, zone: string): number {
  const [, date, time, offset] = form.exec(text) ?? [];
  const shown = Date.parse(`${date ?? ""}T${time ?? "00:00"}${offset ?? "Z"}`);
  if (Number.isNaN(shown)) {
    throw new ConfigError(`'${text}' is not a date like 2025-01-31T00:00:00Z`);
  }
  if (offset !== undefined) return shown;
  const place = findZone(zone);
  if (place === undefined) {
    throw new ConfigError(`'${zone}' is not the name of a time zone like Europe/Berlin`);
  }
  const [first] = place.momentsOf(shown);
  if (first !== undefined) return first;
  const after = place.afterGap(shown);
  // Where clocks go forward at midnight, the day begins later.
  if (time === undefined && after + place.offsetAt(after) < shown + day) return after;
  throw new ConfigError(
    `'${text}' never was in ${place.name}: clocks there went from ${showAt(after - 1, place)} to ${showAt(after, place)}; write another time, or one with a zone like ${new Date(after).toISOString().slice(0, 19)}Z`,
  );
}

/** What clocks show at a moment, and just after it: `2026-03-08 02:00`. */
function showAt(moment: number, zone: Zone): string {
  return new Date(Math.ceil((moment + zone.offsetAt(moment)) / 1000) * 1000)
    .toISOString()
    .slice(0, 16)
    .replace("T", " ");
}
