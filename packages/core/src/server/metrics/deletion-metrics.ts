import { plannedBrakes, unplannedBrakes } from "../../sync/deletion/plans/planned-brakes.ts";
import type { ServiceEvent } from "../../sync/sync-service.ts";
import type { MetricsContext } from "./metrics-context.ts";

/**
 * What was not deleted though nothing makes it any more; what full runs hold back is with the store's:
 *
 * - `pagerport_live_deletions_withheld_total{reason}` entities that live events did not delete, by the
 *   brake that holds them for a person
 * - `pagerport_false_deletions_total` objects that an event called deleted and PagerDuty still shows
 * - `pagerport_stubs_total` entities that were kept without what was true of them, as incidents name them,
 *   by resyncs and live events
 */
export function addDeletionMetrics({ prometheus, registry }: MetricsContext): {
  readonly onServiceEvent: (event: ServiceEvent) => void;
} {
  const { Counter } = prometheus;
  const registers = [registry];
  const withheld = new Counter({
    name: "pagerport_live_deletions_withheld_total",
    help: "Entities that live events did not delete, by the brake that holds them for a person",
    labelNames: ["reason"],
    registers,
  });
  // What is counted for the first time would be no increase.
  for (const reason of [...plannedBrakes, ...unplannedBrakes]) withheld.inc({ reason }, 0);
  const falseDeletions = new Counter({
    name: "pagerport_false_deletions_total",
    help: "Objects that an event called deleted and PagerDuty still shows",
    registers,
  });
  const stubs = new Counter({
    name: "pagerport_stubs_total",
    help: "Entities of what is gone that were kept, as incidents name them",
    registers,
  });
  return {
    onServiceEvent(event) {
      if (event.type === "run-ended") {
        for (const { stubbed } of event.report?.blueprints ?? []) stubs.inc(stubbed);
      }
      if (event.type !== "processed") return;
      const outcome = { ...nothingKept, ...event.outcome };
      for (const { brake, entities } of outcome.withheld ?? []) {
        withheld.inc({ reason: brake }, entities.length);
      }
      stubs.inc(outcome.stubbed?.length ?? 0);
      if (outcome.isFalseDeletion === true) falseDeletions.inc();
    },
  };
}

/** Not every outcome tells of what stays. */
const nothingKept = { withheld: undefined, stubbed: undefined, isFalseDeletion: undefined };
