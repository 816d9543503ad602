import type { Clock } from "../clock.ts";
import type { EventListener } from "../events.ts";
import { findHistory, formatTime } from "../source/incident-list.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import type { ImportRun, ImportState } from "../store/import-state.ts";
import type { AllowedKinds } from "./allowed-kinds.ts";
import { rememberAccount } from "./import-account.ts";
import type { ImportKind } from "./import-history.ts";
import { planRun } from "./plan-run.ts";

export interface PrepareRunOptions {
  readonly state: ImportState;
  readonly pagerDuty: PagerDutyClient;
  readonly clock: Clock;
  readonly kinds: readonly ImportKind[];
  readonly allowed: AllowedKinds;
  readonly since: number | undefined;
  readonly until: number | undefined;
  readonly signal: AbortSignal;
  readonly emit: EventListener;
}

/** The run of an import to go on with, or the next one; tells listeners how much there is. */
export async function prepareRun(
  options: PrepareRunOptions,
): Promise<{ readonly run: ImportRun; readonly isResumed: boolean }> {
  const { state, pagerDuty, clock, kinds, allowed, since, until, signal, emit } = options;
  const previous = state.run;
  if (previous !== undefined && previous.phase !== "done") {
    tellPlan(previous, kinds, emit);
    return { run: previous, isResumed: true };
  }

  const history = await allowed.try("incidents", () => findHistory(pagerDuty, signal));
  if (history?.firstIncident !== undefined) {
    rememberAccount(state, "incidents", [history.firstIncident.id]);
  }
  const run = await planRun({ pagerDuty, clock, signal, previous, history, since, until });
  if (previous !== undefined) {
    emit({
      type: "notice",
      message: `This import was finished up to ${formatTime(previous.until)}: sending what is new or changed since. Use --fresh to start over.`,
    });
  }
  tellPlan(run, kinds, emit);
  return { run, isResumed: false };
}

function tellPlan(run: ImportRun, kinds: readonly ImportKind[], emit: EventListener): void {
  const { fetched } = run.counts.incidents;
  if (kinds.includes("incidents")) {
    emit({ type: "planned", kind: "incidents", objects: Math.max(run.expected, fetched) });
  }
  for (const kind of kinds) {
    emit({ type: "written", kind, objects: run.counts[kind].fetched });
  }
}
