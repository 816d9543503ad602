import { listPlans } from "../../store/plans/plans.ts";
import { readTime } from "../../store/read-time.ts";
import type { MetricsContext } from "./metrics-context.ts";

/**
 * What waits for a person's decision when it is asked; nothing while the store does not answer:
 *
 * - `pagerport_plan_entities{blueprint,reason}` entities of plans, by the brake that holds them
 * - `pagerport_plan_oldest_age_seconds{reason}` how long the oldest of them has waited
 */
export function addPlanMetrics({ prometheus, registry, store }: MetricsContext): {
  /** Asks the store; to be called before what is registered is printed. Never rejects. */
  readonly refresh: () => Promise<void>;
} {
  const { Gauge } = prometheus;
  const registers = [registry];
  const entities = new Gauge({
    name: "pagerport_plan_entities",
    help: "Entities whose deletion waits for a person, by reason",
    labelNames: ["blueprint", "reason"],
    registers,
  });
  const age = new Gauge({
    name: "pagerport_plan_oldest_age_seconds",
    help: "How long the oldest entity of a plan has waited for a person, by reason",
    labelNames: ["reason"],
    registers,
  });
  return {
    async refresh() {
      for (const gauge of [entities, age]) gauge.reset();
      try {
        const plans = (await listPlans(store.sql)).filter((plan) => plan.entities > 0);
        const now = await readTime(store.sql);
        for (const plan of plans) {
          entities.inc({ blueprint: plan.blueprint, reason: plan.brake }, plan.entities);
        }
        for (const [reason, some] of Map.groupBy(plans, ({ brake }) => brake)) {
          const since = Math.min(...some.map((plan) => plan.since));
          age.set({ reason }, Math.max(0, now - since) / 1000);
        }
      } catch {
        // That the store does not answer is a metric of its own.
      }
    },
  };
}
