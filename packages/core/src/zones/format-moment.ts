import type { Zone } from "./find-zone.ts";

const minute = 60_000;

/** Names under which UTC is known; PagerDuty writes its times with a `Z`. */
const utcNames = /^(?:Etc\/)?(?:UTC|UCT|GMT|Zulu|Universal)$/;

/** Whether a zone is UTC, whose times end with `Z` and not with `+00:00`. */
function isUtc(zone: Zone): boolean {
  return utcNames.test(zone.name);
}

/** Writes a moment at whole seconds as a zone's clocks show it: `2026-07-15T08:34:56-04:00`. @param moment milliseconds */
export function formatMoment(moment: number, zone: Zone): string {
  const write = (shown: number): string => new Date(shown).toISOString().slice(0, 19);
  if (isUtc(zone)) return `${write(moment)}Z`;
  const ahead = zone.offsetAt(moment);
  const minutes = Math.abs(ahead) / minute;
  const hour = String(Math.floor(minutes / 60)).padStart(2, "0");
  return `${write(moment + ahead)}${ahead < 0 ? "-" : "+"}${hour}:${String(minutes % 60).padStart(2, "0")}`;
}
