import type { Clock } from "../../clock.ts";
import { type Pause, type PauseStanding, readPauses } from "../../store/pause.ts";
import type { Sql } from "../../store/sql.ts";
import { createSteadyClock } from "../../steady-clock.ts";
import { PausedError } from "./paused-error.ts";

/** Milliseconds that a look at the store counts. */
const pauseLookLasts = 1000;

/** What is about to be done in Port. A stub in the place of an entity counts as a deletion. */
export type PausedWork = "write" | "deletion";

/** Work that a pause breaks off. */
export interface PauseWatch {
  /** Aborted with a {@link PausedError}, a second at most after the pause began. */
  readonly signal: AbortSignal;
  /** The work has ended. */
  end(): void;
}

/** Keeps one process from writing to Port while its store says that this is paused. */
export interface PauseGate {
  /**
   * What the store says, as of a second ago at most.
   *
   * @throws what the store throws
   */
  look(): Promise<PauseStanding>;
  /**
   * Passes where something may be done in Port.
   *
   * @throws {PausedError} where it is paused
   */
  ensure(work: PausedWork): Promise<void>;
  /** Looks at the store as long as something is done that a pause is to break off. */
  watch(work: PausedWork): PauseWatch;
}

/** Makes the gate of one process: what it asks of the store is one small query a second. */
export function createPauseGate(options: { readonly sql: Sql; readonly clock: Clock }): PauseGate {
  const { sql } = options;
  const clock = createSteadyClock(options.clock);
  const watched = new Map<AbortController, PausedWork>();
  let latest: { readonly at: number; readonly reading: Promise<PauseStanding> } | undefined;
  let watching: AbortController | undefined;

  function look(): Promise<PauseStanding> {
    const at = clock.now();
    if (latest !== undefined && at - latest.at < pauseLookLasts) return latest.reading;
    // It counts from when it was asked: what is committed later is not in it.
    const current = { at, reading: readPauses(sql) };
    latest = current;
    current.reading.catch(() => {
      if (latest === current) latest = undefined;
    });
    return current.reading;
  }

  async function watchUntil(stopped: AbortSignal): Promise<void> {
    for (;;) {
      try {
        await clock.sleep(pauseLookLasts, stopped);
      } catch {
        // Nothing is watched any more.
      }
      if (stopped.aborted) return;
      try {
        const { pause } = await look();
        if (pause === undefined) continue;
        for (const [controller, work] of watched) {
          if (holds(pause, work)) controller.abort(new PausedError(pause));
        }
      } catch {
        // Each write asks for itself, and is told what the store's trouble is.
      }
    }
  }

  return {
    look,
    async ensure(work) {
      const { pause } = await look();
      if (pause !== undefined && holds(pause, work)) throw new PausedError(pause);
    },
    watch(work) {
      const controller = new AbortController();
      watched.set(controller, work);
      if (watching === undefined) {
        watching = new AbortController();
        void watchUntil(watching.signal);
      }
      return {
        signal: controller.signal,
        end() {
          watched.delete(controller);
          if (watched.size > 0) return;
          // With a reason of its own no error is made that nobody sees.
          watching?.abort("ended");
          watching = undefined;
        },
      };
    },
  };
}

/** Whether a pause is one of such work. */
export function holds({ scope }: Pause, work: PausedWork): boolean {
  return scope === "all" || work === "deletion";
}
