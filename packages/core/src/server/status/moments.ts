/** A moment as reports have it: ISO 8601. */
export function toText(moment: number): string {
  return new Date(moment).toISOString();
}

/** The same, null for none. */
export function toTextOrNull(moment: number | undefined): string | null {
  return moment === undefined ? null : toText(moment);
}
