import type { EventListener } from "../../events.ts";
import type { ServiceEvent } from "../../sync/sync-service.ts";
import type { MetricsContext } from "./metrics-context.ts";

/**
 * How the hosts, `PagerDuty` and `Port`, are asked and answer:
 *
 * - `pagerport_requests_total{host}` attempts
 * - `pagerport_retries_total{host}` attempts that followed a failed one
 * - `pagerport_rate_limit_wait_seconds_total{host}` time that requests waited for a rate limit
 * - `pagerport_host_paused{host}` 1 while live events wait for it
 */
export function addHostMetrics({ prometheus, registry }: MetricsContext): {
  readonly onEvent: EventListener;
  readonly onServiceEvent: (event: ServiceEvent) => void;
} {
  const { Counter, Gauge } = prometheus;
  const labelNames = ["host"] as const;
  const registers = [registry];
  const requests = new Counter({
    name: "pagerport_requests_total",
    help: "Requests that were sent, each attempt counted",
    labelNames,
    registers,
  });
  const retries = new Counter({
    name: "pagerport_retries_total",
    help: "Attempts that followed a failed one",
    labelNames,
    registers,
  });
  const waits = new Counter({
    name: "pagerport_rate_limit_wait_seconds_total",
    help: "Time that requests waited for a rate limit",
    labelNames,
    registers,
  });
  const paused = new Gauge({
    name: "pagerport_host_paused",
    help: "Whether live events wait for a host that does not answer, or refuses us",
    labelNames,
    registers,
  });
  for (const host of ["PagerDuty", "Port"]) paused.set({ host }, 0);
  return {
    onEvent(event) {
      if (event.type === "request") requests.inc({ host: event.host });
      if (event.type === "retry") retries.inc({ host: event.host });
      if (event.type === "waiting") waits.inc({ host: event.host }, event.milliseconds / 1000);
    },
    onServiceEvent(event) {
      if (event.type === "paused") paused.set({ host: event.host }, 1);
      if (event.type === "resumed") paused.set({ host: event.host }, 0);
    },
  };
}
