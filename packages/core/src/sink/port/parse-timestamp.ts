import type { Json } from "../../json.ts";

/** A time as Port writes it, milliseconds since 1970; undefined for what is none. */
export function parseTimestamp(value: Json | undefined): number | undefined {
  const time = Date.parse(typeof value === "string" ? value : "");
  return Number.isNaN(time) ? undefined : time;
}
