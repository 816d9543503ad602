/** What a file of a journal of deletions is called for. */
export interface JournalName {
  /** `live` = what events deleted. */
  readonly run: number | "live";
  /** Whether it holds kinds that end by themselves all the time. */
  readonly rotates: boolean;
}

const pattern = /^deleted-(?:(\d+)|live-[\dT]+)(-rotating)?(?:-\d+)?\.ndjson$/u;

/** Marks the file of kinds that rotate. */
export const rotatingMark = "-rotating";

/** Reads the name of a file; undefined where it is not one of a journal of deletions. */
export function parseJournalName(name: string): JournalName | undefined {
  const match = pattern.exec(name);
  if (match === null) return undefined;
  const [, run, rotating] = match;
  return { run: run === undefined ? "live" : Number(run), rotates: rotating !== undefined };
}

/** What the file beside one is called that holds what rotates; undefined where there is none. */
export function nameRotating(name: string): string | undefined {
  const parsed = parseJournalName(name);
  if (parsed === undefined || parsed.rotates) return undefined;
  return name.replace(/^(deleted-(?:live-)?[^-.]+)/u, `$1${rotatingMark}`);
}
