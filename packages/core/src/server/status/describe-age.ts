const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A length of time in a word or two: `40 s`, `12 min`, `5 h`, `3 days`. */
function describeLength(milliseconds: number): string {
  const length = Math.max(0, milliseconds);
  if (length < 2 * minute) return `${Math.round(length / 1000)} s`;
  if (length < 2 * hour) return `${Math.round(length / minute)} min`;
  if (length < 2 * day) return `${Math.round(length / hour)} h`;
  return `${Math.round(length / day)} days`;
}

/** How long ago a moment was, both ISO 8601. */
export function describeAge(moment: string, now: string): string {
  return describeLength(Date.parse(now) - Date.parse(moment));
}

/** A moment for a person, to the minute: `2026-11-25 10:00 UTC`. */
export function describeMoment(moment: string): string {
  return `${moment.slice(0, 16).replace("T", " ")} UTC`;
}
