import { HttpError } from "../errors.ts";
import type { ListingPlan } from "./listing-plan.ts";
import type { PagerDutyObject } from "./objects.ts";
import type { PagerDutyClient } from "./pagerduty-client.ts";
import { omit, readObject } from "./read-object.ts";
import { isOfOtherKind, type ShiftSchedules } from "./shift-schedules.ts";

/**
 * Reads one schedule as the listing of a plan would show it. PagerDuty moves schedules from one kind to the
 * other under the same id: the kind `schedules` is asked for under both paths, `v3/schedules` under its own.
 *
 * @returns undefined where neither shows it (404, or 400, which is its word for one of the other kind)
 * @throws {HttpError} where a path answers otherwise and the other one does not show it
 */
export async function readSchedule(
  client: PagerDutyClient,
  shifts: ShiftSchedules,
  plan: ListingPlan,
  id: string,
  signal?: AbortSignal,
): Promise<PagerDutyObject | undefined> {
  const readShifts = async (): Promise<PagerDutyObject | undefined> => {
    const schedule = await shifts.read(plan, id, signal);
    return schedule === undefined ? undefined : omit(schedule, plan.leftOut);
  };
  if (plan.kind !== "schedules") return readShifts();
  let refusal: HttpError | undefined;
  try {
    const layered = await readObject(client, plan, id, signal);
    if (layered !== undefined) return layered;
  } catch (error) {
    const mayBeThere = error instanceof HttpError && (isOfOtherKind(error) || error.status === 403);
    if (!mayBeThere) throw error;
    if (error.status === 403) refusal = error;
  }
  const found = await readShifts();
  if (found === undefined && refusal !== undefined) throw refusal;
  return found;
}
