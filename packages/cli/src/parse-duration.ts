import { ConfigError } from "@pagerport/core";

const units: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The longest that is taken: a year, in milliseconds. What is longer is a mistake, or for good. */
const longest = 366 * 86_400_000;

/**
 * A length of time in milliseconds: `90s`, `30m`, `2h`, `1d`, `1h30m`.
 *
 * @param setting the flag, for the error
 * @throws {ConfigError} for anything else, for nothing, and for more than a year
 */
export function parseDuration(text: string, setting: string): number {
  const parts = [...text.trim().matchAll(/(\d+)\s*([smhd])/gy)];
  const whole = parts.map(([part]) => part).join("");
  const sum = parts.reduce(
    (all, [, count, unit = ""]) => all + Number(count) * (units[unit] ?? 0),
    0,
  );
  if (whole === text.trim() && sum > 0 && sum <= longest) return sum;
  throw new ConfigError(
    `${setting} must be a length of time of a second to a year, such as 30m, 2h or 1h30m: current value is '${text}'`,
    { setting },
  );
}
