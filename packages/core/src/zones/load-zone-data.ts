import { createRequire } from "node:module";
import type { tz } from "moment-timezone";

/**
 * Loads the library that brings the zones, the first time that anybody asks for one: it takes longer than all
 * that a command without zones does at its start.
 */
export function loadZoneData(): typeof tz {
  const library: unknown =
    typeof Bun === "undefined"
      ? createRequire(import.meta.url)("moment-timezone")
      : // What is written out is what the single-file executable gets.
        require("moment-timezone");
  return (library as { readonly tz: typeof tz }).tz;
}

/** The edition of the tz database that the zones are of, such as `2026f`. */
export function readZoneEdition(): string {
  return loadZoneData().dataVersion;
}
