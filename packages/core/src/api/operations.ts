import type { StatusReport } from "../server/status/status-report.ts";
import type { Pause } from "../store/pause.ts";
import type { DecisionOnPlan } from "../store/plans/decide-plan.ts";
import type { Plan, PlanSummary } from "../store/plans/plans.ts";
import type { QueuedRun } from "../store/queued-run.ts";
import type { PendingWriter } from "../store/writers.ts";

/** Which entities of a plan are decided on, and by whom. */
interface PlanDecision {
  /** Identifiers; undefined = all of the plan. */
  readonly only?: readonly string[] | undefined;
  readonly by: string;
}

/** What is to be paused. */
export interface WantedPause {
  readonly scope: Pause["scope"];
  /** Milliseconds; undefined = until somebody resumes. */
  readonly for?: number | undefined;
  readonly by: string;
  readonly reason?: string | undefined;
}

/** A pause, and what goes on in spite of it. */
export interface PauseInForce extends Pause {
  /** Who may still write, since they had begun; nobody = nothing is written any more. */
  readonly pending: readonly PendingWriter[];
}

/** An approval, and what follows it. */
export interface ApprovalOnPlan extends DecisionOnPlan {
  /** Whether a full run was asked for; else the next one that is due carries it out. */
  readonly isRunAsked: boolean;
}

/**
 * All that a person may see and decide, the same from a store, from a server and in a portal. Who does
 * it is in `by`; through the API that is who the server knows the caller as, whatever is given here.
 */
export interface ApiOperations {
  status(): Promise<StatusReport>;
  /** What is withheld and waits for a person. */
  listPlans(): Promise<PlanSummary[]>;
  /** Undefined where there is no plan of that id. */
  showPlan(id: number): Promise<Plan | undefined>;
  /** @throws {PlanError} */
  approvePlan(id: number, decision: PlanDecision): Promise<ApprovalOnPlan>;
  /** @throws {PlanError} */
  rejectPlan(id: number, decision: PlanDecision): Promise<DecisionOnPlan>;
  /** Undefined where nothing is paused. */
  readPause(): Promise<PauseInForce | undefined>;
  /** Returns when everybody has learnt of it, and does not wait for what had begun: see its `pending`. */
  pause(wanted: WantedPause): Promise<PauseInForce>;
  /** What was ended; undefined where nothing was paused. */
  resume(options: { readonly by: string }): Promise<Pause | undefined>;
  /** Asks for a run as soon as none goes on. */
  resync(type: QueuedRun, by: string): Promise<void>;
}
