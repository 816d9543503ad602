import type { PastCheck } from "../../store/notes/check-note.ts";
import type { RateBudget } from "../../store/notes/service-note.ts";
import type { Pause } from "../../store/pause.ts";
import type { PlanSummary } from "../../store/plans/plans.ts";
import type { KeptEntities } from "../../store/runs.ts";
import { toText, toTextOrNull } from "./moments.ts";
import type {
  StatusBudget,
  StatusCheck,
  StatusKept,
  StatusPause,
  StatusPlan,
} from "./status-report.ts";

/** Brakes that no approval loosens: what they found has to be mended. */
const guards: ReadonlySet<string> = new Set(["control", "guard", "refused"]);

/** What a run held back; what only waits is not. */
export function toKept({ blueprint, brake, reason, entities }: KeptEntities): StatusKept[] {
  if (brake === "waiting") return [];
  return [{ blueprint, brake, reason, entities, isGuardStop: guards.has(brake) }];
}

/** A plan as a status has it. */
export function toPlan({ openedAt, since, run, ...plan }: PlanSummary): StatusPlan {
  return { ...plan, openedAt: toText(openedAt), since: toText(since), run: run ?? null };
}

/** A pause as a status has it. */
export function toPause({ scope, since, until, by, reason }: Pause): StatusPause {
  return { scope, since: toText(since), until: toTextOrNull(until), by, reason: reason ?? null };
}

/** A rate limit as a status has it. */
export function toBudget({ host, part, limit, remaining, at }: RateBudget): StatusBudget {
  return { host, part: part ?? null, limit, remaining, seenAt: toText(at) };
}

/** A check as a status has it. */
export function toCheck({ at, by, sample, verdict, blueprints }: PastCheck): StatusCheck {
  return { at: toText(at), by, sample: sample ?? null, verdict, blueprints };
}
