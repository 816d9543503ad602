import type { Pause } from "../store/pause.ts";
import type { PauseInForce } from "./operations.ts";
import type { PlanEntity, PlanSummary } from "../store/plans/plans.ts";
import type { PauseAnswerJson, PauseJson, PlanEntityJson, PlanSummaryJson } from "./schemas.ts";

/** Between what operations tell, with milliseconds, and what the API answers, with ISO 8601. */

export function writeSummary(plan: PlanSummary): PlanSummaryJson {
  return { ...plan, openedAt: writeMoment(plan.openedAt), since: writeMoment(plan.since) };
}

export function readSummary({ run, ...plan }: PlanSummaryJson): PlanSummary {
  const [openedAt, since] = [Date.parse(plan.openedAt), Date.parse(plan.since)];
  return { ...plan, openedAt, since, run };
}

export function writeEntity(entity: PlanEntity): PlanEntityJson {
  return { ...entity, since: writeMoment(entity.since) };
}

export function readEntity({ title, by, related, ...entity }: PlanEntityJson): PlanEntity {
  return { ...entity, since: Date.parse(entity.since), title, by, related };
}

export function writePause(pause: Pause | undefined): PauseJson | null {
  if (pause === undefined) return null;
  const { scope, since, until, by, reason } = pause;
  return {
    scope,
    since: writeMoment(since),
    until: until === undefined ? undefined : writeMoment(until),
    by,
    reason,
  };
}

export function writePauseInForce(pause: PauseInForce | undefined): PauseAnswerJson {
  return { pause: writePause(pause), pending: [...(pause?.pending ?? [])] };
}

export function parsePauseInForce({ pause, pending }: PauseAnswerJson): PauseInForce | undefined {
  const parsed = parsePause(pause);
  return parsed && { ...parsed, pending };
}

export function parsePause(pause: PauseJson | null): Pause | undefined {
  if (pause === null) return undefined;
  const { since, until, reason, ...rest } = pause;
  return {
    ...rest,
    since: Date.parse(since),
    until: until === undefined ? undefined : Date.parse(until),
    reason,
  };
}

function writeMoment(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
