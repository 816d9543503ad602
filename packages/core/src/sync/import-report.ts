import type { KindCount } from "../store/import-state.ts";

/** What an import read, delivered and could not deliver. */
export interface ImportReport {
  /** Every object of every kind was read and is delivered; nothing was refused or left out. */
  readonly complete: boolean;
  /** This run went on where an earlier one had stopped. */
  readonly resumed: boolean;
  /** Counted over all processes of this import. */
  readonly kinds: Readonly<Record<string, Readonly<KindCount>>>;
  /** Requests of this process, retries included. */
  readonly requests: { readonly pagerduty: number; readonly port: number };
  readonly durationMs: number;
  /** What is missing and why, for a person. */
  readonly problems: readonly string[];
  /** What ended the run early: an error, or the signal's reason. The same command goes on from there. */
  readonly stoppedBy?: unknown;
}
