import { ConfigError } from "../../errors.ts";

const form = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * The moment of a date as PagerDuty takes it, in milliseconds at a whole second. One without a zone is
 * the time of day in `zone`, a date alone its first second.
 *
 * @throws {ConfigError} where it is no date
 */
export function parseMoment(text: string, zone: string): number {
  const [, date, time = "00:00", offset] = form.exec(text) ?? [];
  const utc = Date.parse(`${date ?? ""}T${time}${offset ?? "Z"}`);
  if (Number.isNaN(utc)) throw new ConfigError(`'${text}' is not a date like 2025-01-31T00:00:00Z`);
  if (offset !== undefined) return utc;
  // The offset at that moment, not at the one of the same name in UTC: a second look settles it.
  const guess = utc - offsetOf(zone, utc);
  return utc - offsetOf(zone, guess);
}

/** How far a zone's clocks are ahead of UTC at a moment, in milliseconds. */
function offsetOf(zone: string, moment: number): number {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(moment);
  const part = (type: string): number =>
    Number(parts.find((candidate) => candidate.type === type)?.value);
  const shown = Date.UTC(
    part("year"),
    part("month") - 1,
    part("day"),
    part("hour"),
    part("minute"),
    part("second"),
  );
  return shown - Math.floor(moment / 1000) * 1000;
}
