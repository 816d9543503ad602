import process from "node:process";
import { type Clock, systemClock } from "../clock.ts";
import type { EventListener } from "../events.ts";
import type { PayloadSink } from "../sink/sink.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import type { ImportFingerprint } from "../store/import-state.ts";
import { HistoryImport } from "./history-import.ts";
import { checkToken } from "./import-account.ts";
import { type ImportFiles, ImportJournal, type LineOutput } from "./import-journal.ts";
import type { StartOver } from "./open-import-state.ts";
import { createImportReport, type ImportReport } from "./import-report.ts";

/** The kinds that an import knows, in the order in which they are delivered. */
export type ImportKind = "services" | "incidents";

/** An import with everything that it is told or goes by. */
export interface HistoryOptions {
  readonly pagerDuty: PagerDutyClient;
  /** Where each payload is posted; none = only the file is written. */
  readonly sink?: PayloadSink | undefined;
  readonly files: ImportFiles;
  /** Takes the lines instead of the output file (stdout); such an import cannot be resumed. */
  readonly stream?: LineOutput | undefined;
  readonly fingerprint: ImportFingerprint;
  readonly kinds: readonly ImportKind[];
  /** Incidents created from here on, inclusive, in milliseconds; the first one ever where not given. */
  readonly since?: number | undefined;
  /** Up to here, exclusive; the start of the run where not given. */
  readonly until?: number | undefined;
  /** Starts over instead of going on. */
  readonly fresh?: StartOver;
  readonly clock: Clock;
  readonly pid: number;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: EventListener;
  /** Requests sent so far, for the report. */
  readonly countRequests: () => ImportReport["requests"];
}

/** What has a default may be left out. */
export interface ImportHistoryOptions extends Omit<HistoryOptions, keyof Preset>, Partial<Preset> {}

/**
 * Both kinds, the clock of the system, this process's number; requests are not counted; and an import is
 * told from others by its kinds and times alone, so each account or place needs files of its own.
 */
type Preset = Pick<HistoryOptions, "kinds" | "fingerprint" | "clock" | "pid" | "countRequests">;

/**
 * Reads every service and every incident that PagerDuty has, posts each and writes each as a line, and
 * goes on where an earlier run of the same import stopped. A finished import sends what is new since:
 * services and incidents not sent yet, and incidents that were open and have changed.
 *
 * @throws {ConfigError} when the files belong to another import, or another process has them
 * @throws {FileError} when they cannot be used at all
 */
export async function importHistory(given: ImportHistoryOptions): Promise<ImportReport> {
  const options = completeOptions(given);
  const startedAt = options.clock.now();
  const { files, stream, fingerprint, fresh = false, pid, clock } = options;
  if (fresh !== false) {
    // What an earlier import wrote is only given up for one that can begin.
    try {
      await checkToken(options.pagerDuty, options.signal);
    } catch (error) {
      return createImportReport(options, { startedAt, stoppedBy: error });
    }
  }
  const journal = await ImportJournal.open({ files, stream, fingerprint, fresh, pid, clock });
  const history = new HistoryImport(options, journal);
  try {
    await history.run();
    return createImportReport(options, { startedAt, standing: history });
  } catch (error) {
    return createImportReport(options, { startedAt, standing: history, stoppedBy: error });
  } finally {
    await journal[Symbol.asyncDispose]();
  }
}

function completeOptions(given: ImportHistoryOptions): HistoryOptions {
  const { kinds = ["services", "incidents"], since = "", until = "" } = given;
  return {
    clock: systemClock,
    pid: process.pid,
    countRequests: () => ({ pagerduty: 0, port: 0 }),
    fingerprint: {
      apiUrl: "",
      portUrl: "",
      kinds: kinds.join(","),
      since: String(since),
      until: String(until),
    },
    ...given,
    kinds,
  };
}
