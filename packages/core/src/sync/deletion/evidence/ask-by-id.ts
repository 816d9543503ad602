import { HttpError, NetworkError } from "../../../errors.ts";
import { findKind, type KindName } from "../../../source/kinds.ts";
import type { PagerDutyClient } from "../../../source/pagerduty-client.ts";

/** What PagerDuty answers when it is asked for one object. */
export type ByIdAnswer =
  /** 200 */
  | "found"
  /** 404: gone, or invisible to this token. */
  | "gone"
  /** 403: there, and not for this token. */
  | "forbidden"
  /** There, as an object of a kind that this one does not list: a schedule that is no longer shift-based. */
  | "moved"
  /** Anything else: 400, 402 … */
  | "unanswered";

/** Lists of a stretch of time: what has left them is not asked for. */
const ofTime: ReadonlySet<KindName> = new Set(["log_entries", "change_events", "notifications"]);

/** Whether a kind's list is one of a stretch of time, which goes on and leaves the oldest behind. */
export function isOfTime(kind: KindName): boolean {
  return ofTime.has(kind);
}

/** Whether objects of a kind can be asked for by their ids. */
export function isAskable(kind: KindName): boolean {
  return findKind(kind).isReadById && !isOfTime(kind);
}

/**
 * Asks for one object. PagerDuty moves schedules from one kind to the other under the same id, so a schedule
 * is there where either path has it, and gone where neither has.
 *
 * @throws {HttpError} 401 @throws {HttpError} {@link NetworkError} where PagerDuty is down
 */
export async function askById(
  client: PagerDutyClient,
  kind: KindName,
  id: string,
  signal?: AbortSignal,
): Promise<ByIdAnswer> {
  if (kind !== "schedules" && kind !== "v3/schedules") {
    return askPath(client, findKind(kind).path, id, signal);
  }
  const paths = ["/schedules", "/v3/schedules"] as const;
  const [own, other] = kind === "schedules" ? paths : paths.toReversed();
  const first = await askPath(client, own, id, signal, isOfOtherKind);
  if (first === "found") return "found";
  const second = await askPath(client, other, id, signal, isOfOtherKind);
  if (second === "found") return kind === "schedules" ? "found" : "moved";
  return first === "gone" && second === "gone" ? "gone" : "unanswered";
}

/** PagerDuty's upgrade guide says 400 for an id of the other kind, its API's document 404. */
function isOfOtherKind(status: number): boolean {
  return status === 400 || status === 404;
}

async function askPath(
  client: PagerDutyClient,
  path: string,
  id: string,
  signal: AbortSignal | undefined,
  isGone = (status: number): boolean => status === 404,
): Promise<ByIdAnswer> {
  try {
    await client.get(`${path}/${encodeURIComponent(id)}`, [], signal);
    return "found";
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof HttpError) || error.status === 401 || isDown(error)) throw error;
    if (isGone(error.status)) return "gone";
    return error.status === 403 ? "forbidden" : "unanswered";
  }
}

/** Whether PagerDuty did not answer, or not for its own reasons: asking for others would only take time. */
export function isDown(error: unknown): boolean {
  if (error instanceof NetworkError) return error.host === "PagerDuty";
  if (!(error instanceof HttpError) || error.host !== "PagerDuty") return false;
  return error.status >= 500 || error.status === 429 || error.status === 408;
}
