import type { ApiOperations } from "../api/operations.ts";
import type { Pause } from "../store/pause.ts";
import type { PendingWriter } from "../store/writers.ts";
import { PlanError } from "../errors.ts";
import type { PlanSummary } from "../store/plans/plans.ts";
import { emptyStatus } from "./empty-status.ts";

/** Operations that remember what they were asked for. */
export interface FakeOperations extends ApiOperations {
  /** What was done, one call after the other; reading is not told. */
  readonly done: unknown[][];
  /** Who may still write: what the next answers tell, one after the other; then nobody. */
  readonly pending: (readonly PendingWriter[])[];
}

/** Makes operations of a server that has the plan 7, of the entities A and B, and another that is settled, 8. */
export function createFakeOperations(now: number): FakeOperations {
  const done: unknown[][] = [];
  const pending: (readonly PendingWriter[])[] = [];
  let pause: Pause | undefined;
  const summary: PlanSummary = {
    id: 7,
    blueprint: "service",
    brake: "share",
    reason: "2 of 3 entities would go",
    entities: 2,
    approved: 0,
    rejected: 0,
    openedAt: now,
    since: now,
    run: 3,
    sort: "deletions",
  };
  const describe = (identifier: string, title?: string) => ({
    blueprint: "service",
    identifier,
    title,
    since: now,
    state: "open" as const,
    isDependent: false,
    why: "its object is gone",
    by: undefined,
    related: 4,
  });
  const decide = (action: string) => async (id: number, decision: object) => {
    if (id === 8) throw new PlanError("Plan 8 was settled by bob", { reason: "settled" });
    if (id !== 7) throw new PlanError(`There is no plan ${id}`, { reason: "unknown" });
    const { only = ["A", "B"] } = decision as { readonly only?: readonly string[] };
    const strange = only.find((one) => !["A", "B"].includes(one));
    if (strange !== undefined)
      throw new PlanError(`'${strange}' is not on plan 7`, { reason: "not-on-plan" });
    done.push([action, id, decision]);
    return { id, changed: only.length, already: 0, by: undefined };
  };
  const decideApproval = decide("approve");
  return {
    done,
    pending,
    status: async () => emptyStatus,
    listPlans: async () => [summary, { ...summary, id: 9, run: undefined, sort: "mapping" }],
    showPlan: async (id) =>
      id === 7
        ? {
            summary,
            entities: [describe("A", "A service"), describe("B")],
            writes: ["C"],
            reader: "hash",
            replacedBy: undefined,
          }
        : undefined,
    approvePlan: async (id, decision) => ({
      ...(await decideApproval(id, decision)),
      isRunAsked: true,
    }),
    rejectPlan: decide("reject"),
    readPause: async () => pause && { ...pause, pending: pending.shift() ?? [] },
    async pause(wanted) {
      done.push(["pause", wanted]);
      const { scope, by, reason, for: length } = wanted;
      pause = {
        scope,
        by,
        reason,
        since: now,
        until: length === undefined ? undefined : now + length,
      };
      return { ...pause, pending: pending.shift() ?? [] };
    },
    async resume(options) {
      done.push(["resume", options]);
      const ended = pause;
      pause = undefined;
      return ended;
    },
    async resync(type, by) {
      done.push(["resync", type, by]);
    },
  };
}
