import { deletionsArePaused, type Pause } from "../../store/pause.ts";

/** Who has paused what, since when and until when, in one sentence without its full stop. */
export function describePause({ scope, since, until, by, reason }: Pause): string {
  const what = scope === "all" ? "Writing to Port is paused" : deletionsArePaused;
  const end = until === undefined ? "" : `, until ${formatMoment(until)}`;
  const why = reason === undefined ? "" : ` (${reason})`;
  return `${what} by ${by} since ${formatMoment(since)}${end}${why}`;
}

function formatMoment(moment: number): string {
  return new Date(moment).toISOString().replace(/\.\d+Z$/, "Z");
}
