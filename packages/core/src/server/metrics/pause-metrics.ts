import { type Pause, type PauseScope, readPause } from "../../store/pause.ts";
import { readTime } from "../../store/read-time.ts";
import type { MetricsContext } from "./metrics-context.ts";

const scopes: readonly PauseScope[] = ["all", "deletions"];

/** `hand`: a person ends the pause. `time`: it ends by itself. */
type EndedBy = "hand" | "time";
const ends: readonly EndedBy[] = ["hand", "time"];

/**
 * That a person has paused the writing to Port, read from the store:
 *
 * - `pagerport_paused{scope}` 1 while `all`, or `deletions` alone, is paused, else 0
 * - `pagerport_paused_seconds{scope,ends}` for how long, by what ends it: `hand`, or `time`; else 0
 */
export function addPauseMetrics({ prometheus, registry, store }: MetricsContext): {
  /** Asks the store; to be called before what is registered is printed. Never rejects. */
  readonly refresh: () => Promise<void>;
} {
  const registers = [registry];
  const paused = new prometheus.Gauge({
    name: "pagerport_paused",
    help: "Whether a person has paused the writing to Port (all), or the deleting there alone",
    labelNames: ["scope"] as const,
    registers,
  });
  const seconds = new prometheus.Gauge({
    name: "pagerport_paused_seconds",
    help: "For how long it has been paused, by what ends it: a person's hand, or time",
    labelNames: ["scope", "ends"] as const,
    registers,
  });
  const show = (pause: Pause | undefined, now: number): void => {
    const endedBy: EndedBy = pause?.until === undefined ? "hand" : "time";
    for (const scope of scopes) {
      const isPaused = pause?.scope === scope;
      paused.set({ scope }, isPaused ? 1 : 0);
      for (const end of ends) {
        const lasts = isPaused && end === endedBy ? Math.max(0, now - pause.since) / 1000 : 0;
        seconds.set({ scope, ends: end }, lasts);
      }
    }
  };
  show(undefined, 0);
  return {
    async refresh() {
      try {
        show(await readPause(store.sql), await readTime(store.sql));
      } catch {
        // What it said a while ago would look like what it says.
        paused.reset();
        seconds.reset();
      }
    },
  };
}
