import type { Clock } from "../../clock.ts";
import { keepServiceNote, type ServiceNote } from "../../store/notes/service-note.ts";
import type { Sql } from "../../store/sql.ts";

/** Milliseconds between notes. */
const noteEvery = 15_000;

export interface ServiceNotesOptions {
  readonly sql: Sql;
  readonly clock: Clock;
  /** How the service is now. */
  readonly describe: () => ServiceNote;
  readonly trouble: (what: string, error: unknown) => void;
}

/** Writes down how a service is, for whoever has only the store. */
export interface ServiceNotes {
  /** Writes now and then, until the signal is aborted. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Something has changed: do not wait for the next time. */
  readonly wake: () => void;
}

/** Makes what writes a service's notes: every 15 seconds, and when it is told to. */
export function createServiceNotes(options: ServiceNotesOptions): ServiceNotes {
  const { sql, clock, describe, trouble } = options;
  let isChanged = false;
  let awake = new AbortController();
  return {
    async run(signal) {
      while (!signal.aborted) {
        awake = new AbortController();
        isChanged = false;
        try {
          await keepServiceNote(sql, describe());
        } catch (error) {
          trouble("the note of how the server is", error);
        }
        if (isChanged) continue;
        try {
          await clock.sleep(noteEvery, AbortSignal.any([signal, awake.signal]));
        } catch {
          // The end has come, or there is something to write.
        }
      }
    },
    wake() {
      isChanged = true;
      awake.abort("changed");
    },
  };
}
