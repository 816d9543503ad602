import { probeStore } from "../probe-store.ts";
import { readCheck } from "../../store/notes/check-note.ts";
import { readRunHistory } from "../../store/run-history.ts";
import { readUndecided } from "../status/read-undecided.ts";
import { webhookStates } from "../webhook-state.ts";
import type { MetricsContext } from "./metrics-context.ts";

/**
 * What the store holds when it is asked; while it does not answer, only the first two are there:
 *
 * - `pagerport_store_reachable` 1 or 0
 * - `pagerport_store_persistent` 1, or 0 where all it holds is lost when the process ends
 * - `pagerport_inbox_waiting`, `pagerport_inbox_dead` events
 * - `pagerport_inbox_oldest_age_seconds` of the event that waits longest; 0 where none waits
 * - `pagerport_last_run_timestamp_seconds{type}` end of the last `full` and the last `delta` run that got
 *   to its end, of any replica
 * - `pagerport_deletions_withheld{blueprint,reason}` entities that the last full run holds back for a person,
 *   by the brake that does; not those on a plan of which a person has decided all since
 * - `pagerport_deletions_waiting{blueprint}` entities that the last full run could not settle: the next ones
 *   look again
 * - `pagerport_drift_entities{blueprint,kind}` entities that the last check found to differ from PagerDuty, by
 *   what of them does: `changed`, `missing` or `extra`; 0 where nothing does
 * - `pagerport_last_check_timestamp_seconds` when that check ended
 * - `pagerport_webhook_state{state}` 1 for the one of {@link webhookStates} that holds, else 0
 */
export function addStoreMetrics(context: MetricsContext): {
  /** Asks the store; to be called before what is registered is printed. Never rejects. */
  readonly refresh: () => Promise<void>;
} {
  const { prometheus, registry, store, readWebhook } = context;
  const { Gauge } = prometheus;
  const registers = [registry];
  const waiting = new Gauge({
    name: "pagerport_inbox_waiting",
    help: "Events that wait to be processed",
    registers,
  });
  const dead = new Gauge({
    name: "pagerport_inbox_dead",
    help: "Dead letters: events that a person has to look at",
    registers,
  });
  const oldest = new Gauge({
    name: "pagerport_inbox_oldest_age_seconds",
    help: "Age of the event that waits longest; 0 where none waits",
    registers,
  });
  const lastRun = new Gauge({
    name: "pagerport_last_run_timestamp_seconds",
    help: "When the last run of a type ended that got to its end",
    labelNames: ["type"],
    registers,
  });
  const withheld = new Gauge({
    name: "pagerport_deletions_withheld",
    help: "Entities that the last full resync did not delete and holds back for a person, by reason",
    labelNames: ["blueprint", "reason"],
    registers,
  });
  const unsettled = new Gauge({
    name: "pagerport_deletions_waiting",
    help: "Entities that the last full resync could not settle: the next ones look again",
    labelNames: ["blueprint"],
    registers,
  });
  const drift = new Gauge({
    name: "pagerport_drift_entities",
    help: "Entities that the last check found to differ from PagerDuty, by what of them does",
    labelNames: ["blueprint", "kind"],
    registers,
  });
  const lastCheck = new Gauge({
    name: "pagerport_last_check_timestamp_seconds",
    help: "When the last check of the catalog ended that told something",
    registers,
  });
  lastCheck.remove();

  const read = async (): Promise<void> => {
    const backlog = await probeStore(store.sql);
    const { lastFull, lastDelta } = await readRunHistory(store.sql);
    const { kept } = await readUndecided(store.sql, { lastFull });
    waiting.set(backlog.waiting);
    dead.set(backlog.dead);
    oldest.set((backlog.oldest ?? 0) / 1000);
    // What is settled by now is no series any more.
    for (const gauge of [withheld, unsettled]) gauge.reset();
    for (const { blueprint, brake, entities } of kept) {
      if (brake === "waiting" && entities > 0) unsettled.inc({ blueprint }, entities);
      else if (brake === "waiting") continue;
      else withheld.inc({ blueprint, reason: brake }, entities);
    }
    const check = await readCheck(store.sql);
    drift.reset();
    for (const { blueprint, ...counts } of check?.blueprints ?? []) {
      for (const kind of ["changed", "missing", "extra"] as const) {
        drift.set({ blueprint, kind }, counts[kind]);
      }
    }
    if (check !== undefined) lastCheck.set(check.at / 1000);
    if (lastFull !== undefined) lastRun.set({ type: "full" }, lastFull.endedAt / 1000);
    if (lastDelta !== undefined) lastRun.set({ type: "delta" }, lastDelta.endedAt / 1000);
  };
  const reachable = new Gauge({
    name: "pagerport_store_reachable",
    help: "Whether the store can be written and read",
    registers,
  });
  new Gauge({
    name: "pagerport_store_persistent",
    help: "Whether what the store holds outlives the process",
    registers,
  }).set(store.isPersistent ? 1 : 0);
  const webhook = new Gauge({
    name: "pagerport_webhook_state",
    help: "How PagerDuty's webhooks are looked after: 1 for the state that holds",
    labelNames: ["state"],
    registers,
  });
  return {
    async refresh() {
      const { state } = readWebhook();
      for (const one of webhookStates) webhook.set({ state: one }, one === state ? 1 : 0);
      try {
        await read();
        reachable.set(1);
      } catch {
        // What it held a while ago would look like what it holds.
        for (const gauge of [waiting, dead, oldest, lastCheck]) gauge.remove();
        for (const gauge of [withheld, unsettled, drift]) gauge.reset();
        for (const type of ["full", "delta"]) lastRun.remove({ type });
        reachable.set(0);
      }
    },
  };
}
