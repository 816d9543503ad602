/**
 * - `wrong`: Port's catalog is not kept true, or will soon not be
 * - `waits`: somebody has to decide, or has stopped it
 * - `note`: good to know
 */
export type Severity = "wrong" | "waits" | "note";

/** Something about an integration that a person should know. */
export interface Finding {
  readonly severity: Severity;
  /** What it is about, the same from look to look: `host/Port`, `plan/7`. */
  readonly about: string;
  /** One sentence, without a full stop. */
  readonly what: string;
  /** A command to type, or another thing to do. */
  readonly todo: string;
}
