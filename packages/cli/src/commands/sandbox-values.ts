import { ConfigError } from "@pagerport/core";
import type { Faults, Latency, RateLimit } from "../sandbox/index.ts";
import { isTimeZone } from "../sandbox/zoned-time.ts";

/** Readers of the sandbox's flag values. Each takes the flag's name and gives what commander calls with the text. */

const msPerUnit: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** A whole number from `least` to `most`. */
export function parseWhole(
  flag: string,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    const range =
      most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
    throw wrong(flag, text, `a whole number ${range}`);
  };
}

/** A number of at least `least`. */
export function parseNumber(flag: string, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && value >= least && Number.isFinite(value)) return value;
    throw wrong(flag, text, `a number of at least ${least}`);
  };
}

/** `960/60s`: so many requests in so much time (`ms`, `s` or `m`). */
export function parseRate(flag: string): (text: string) => RateLimit {
  return (text) => {
    const match = /^(\d+)\/(\d+)(ms|s|m)$/.exec(text);
    const limit = Number(match?.[1]);
    const windowMs = Number(match?.[2]) * (msPerUnit[match?.[3] ?? ""] ?? Number.NaN);
    if (limit >= 1 && windowMs >= 1) return { limit, windowMs };
    throw wrong(flag, text, "requests per time, such as 960/60s");
  };
}

/** `300-2000` or `300`: milliseconds. */
export function parseLatency(flag: string): (text: string) => Latency {
  return (text) => {
    const match = /^(\d+)(?:-(\d+))?(?:ms)?$/.exec(text);
    const minMs = Number(match?.[1]);
    const maxMs = Number(match?.[2] ?? match?.[1]);
    if (maxMs >= minMs) return { minMs, maxMs };
    throw wrong(flag, text, "milliseconds, such as 300 or 300-2000");
  };
}

/** `0.05`: a share from 0 to 1. */
export function parseFaults(flag: string): (text: string) => Faults {
  return (text) => {
    const rate = text.trim() === "" ? Number.NaN : Number(text);
    if (rate >= 0 && rate <= 1) return { rate };
    throw wrong(flag, text, "a share from 0 to 1, such as 0.05");
  };
}

/** `600` or `asap`: how many times as fast as real time, or as fast as can be. */
export function parseSpeed(flag: string): (text: string) => number | "asap" {
  return (text) => {
    if (text === "asap") return text;
    const speed = Number(text);
    if (text.trim() !== "" && speed > 0 && Number.isFinite(speed)) return speed;
    throw wrong(flag, text, "a number above 0, or asap");
  };
}

/** A time zone's name, such as `Europe/Oslo`. */
export function parseTimeZone(flag: string): (text: string) => string {
  return (text) => {
    if (isTimeZone(text)) return text;
    throw wrong(flag, text, "the name of a time zone, such as Europe/Oslo");
  };
}

/** An address that webhooks can be posted to. */
export function parseUrl(flag: string): (text: string) => string {
  return (text) => {
    if (/^https?:$/.test(URL.parse(text)?.protocol ?? "")) return text;
    throw wrong(flag, text, "a URL, such as http://127.0.0.1:8000/webhook");
  };
}

function wrong(flag: string, text: string, valid: string): ConfigError {
  return new ConfigError(`${flag} must be ${valid}: current value is '${text}'`, { setting: flag });
}
