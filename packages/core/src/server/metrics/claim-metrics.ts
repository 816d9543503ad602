import type { EventListener, RunEvent } from "../../events.ts";
import type { MetricsContext } from "./metrics-context.ts";

type Work = Extract<RunEvent, { readonly type: "claim-lost" }>["work"];

const works: readonly Work[] = ["event", "page", "objects", "deletion", "run"];

/**
 * What was lost while this process stood still, or could not reach its store:
 *
 * - `pagerport_lost_claims_total{work}` claims on objects, and leases of runs, by what was done under them:
 *   `event`, `page` of a run, `objects` that a run read one by one, `deletion`, `run`
 */
export function addClaimMetrics({
  prometheus,
  registry,
}: Pick<MetricsContext, "prometheus" | "registry">): { readonly onEvent: EventListener } {
  const lost = new prometheus.Counter({
    name: "pagerport_lost_claims_total",
    help: "Claims on objects, and leases of runs, that this process has lost, by the work under them",
    labelNames: ["work"] as const,
    registers: [registry],
  });
  // An increase is seen of what there was before.
  for (const work of works) lost.inc({ work }, 0);
  return {
    onEvent(event) {
      if (event.type === "claim-lost") lost.inc({ work: event.work });
    },
  };
}
