import type { Json } from "../../json.ts";

/** Two independent 32-bit halves: among a million values a wrong "equal" is one in ten million. */
export type Hash = readonly [high: number, low: number];

/** What null and absent both hash to; no value does. */
const absent: Hash = [0, 0];

/** Hashes a value so that values which Port takes for equal give the same: order of keys, instants. */
export function hashValue(value: Json | undefined): Hash {
  if (value === undefined || value === null) return absent;
  const text = toCanonicalText(value);
  const [high, low] = hashText(text);
  return high === 0 && low === 0 ? [0, 1] : [high, low];
}

/** JSON with sorted keys, and instants as UTC with milliseconds. */
function toCanonicalText(value: Json): string {
  if (typeof value === "string") return JSON.stringify(toCanonicalInstant(value));
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(toCanonicalText).join(",")}]`;
  const entries = Object.keys(value)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${toCanonicalText(value[key] ?? null)}`);
  return `{${entries.join(",")}}`;
}

/** RFC 3339 with a zone: what Port's `date-time` format takes. Other texts are what they are. */
const instant = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})$/i;

function toCanonicalInstant(text: string): string {
  if (text.length < 20 || !instant.test(text)) return text;
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? text : new Date(milliseconds).toISOString();
}

/**
 * Two multiplicative hashes over the text's units, mixed at the end. Nothing secret depends on it; it
 * has to be fast, because a resync hashes each field of each entity.
 */
function hashText(text: string): [number, number] {
  let one = 0x9e3779b9;
  let two = 0x85ebca6b;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    one = Math.imul(one ^ unit, 0x85ebca77);
    two = Math.imul(two ^ unit, 0xc2b2ae3d);
  }
  one = Math.imul(one ^ (one >>> 16), 0x7feb352d) ^ Math.imul(two ^ (two >>> 13), 0x846ca68b);
  two = Math.imul(two ^ (two >>> 16), 0x735a2d97) ^ Math.imul(one ^ (one >>> 13), 0x5bd1e995);
  return [one >>> 0, two >>> 0];
}
