import { HttpError, PagerportError } from "../errors.ts";
import { writeTimesIn } from "./in-zone.ts";
import { findKind } from "./kinds.ts";
import type { ListingPlan } from "./listing-plan.ts";
import { isRecord, type PagerDutyObject } from "./objects.ts";
import type { PagerDutyClient } from "./pagerduty-client.ts";

/**
 * Reads one object as the listing of a plan would show it, filters aside.
 *
 * @returns undefined where PagerDuty does not show it (404)
 * @throws {PagerportError} for kinds whose objects cannot be asked for by id
 */
export async function readObject(
  client: PagerDutyClient,
  plan: ListingPlan,
  id: string,
  signal?: AbortSignal,
): Promise<PagerDutyObject | undefined> {
  const { path, isReadById, isRow } = findKind(plan.kind);
  if (!isReadById) throw new PagerportError(`PagerDuty gives out ${plan.kind} as a list only`);
  try {
    const url = `${path}/${encodeURIComponent(id)}`;
    const { body } = await client.get(url, plan.objectQuery, signal);
    // The one object in the answer; its key is the list's name in the singular, in English.
    const object = Object.values(body).find((value) => isRecord(value) && isRow(value));
    if (!isRecord(object)) return undefined;
    const { timeZone } = plan;
    const written = timeZone === undefined ? object : writeTimesIn(object, timeZone);
    return omit(written, plan.leftOut);
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return undefined;
    throw error;
  }
}

/** An object without some of its keys. */
export function omit(object: PagerDutyObject, keys: readonly string[]): PagerDutyObject {
  if (keys.length === 0) return object;
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}
