import { HttpError } from "../../../errors.ts";
import type { Mapping } from "../../../map/mapping.ts";
import { formatTime } from "../../../source/incident-list.ts";
import { findKind } from "../../../source/kinds.ts";
import type { PagerDutyObject } from "../../../source/objects.ts";
import type { PagerDutyClient } from "../../../source/pagerduty-client.ts";
import { rangeOncalls } from "../../../source/selectors/oncalls.ts";
import type { ObjectKey } from "../../../store/freshness.ts";
import { findPlace, nameObject, type OncallPlace, readPlace } from "../../object-key.ts";
import { type ByIdAnswer, isDown } from "./ask-by-id.ts";

/** What PagerDuty tells of an on-call that its list lacked. */
export type OncallAnswer =
  /** It is there, and the mapping reads so far ahead: the list was not whole. */
  | "there"
  /** It is there, and the mapping does not read so far ahead, or no more. */
  | "outside"
  /** Another on-call of its policy, level and schedule has its time, which had it not before. */
  | "replaced"
  /** It is not there any more at its time, and its policy is shown. */
  | "left"
  /** Its policy answers 404: gone with it, or invisible to this token. */
  | "gone"
  | "unanswered";

export interface AskOncallOptions {
  readonly client: PagerDutyClient;
  readonly mapping: Pick<Mapping, "resources">;
  /** PagerDuty's time. */
  readonly now: number;
  /** Whether an on-call was in Port when the run began: several may be on call together. @default none */
  readonly wasThere?: ((object: ObjectKey) => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An on-call as the store remembers it. */
export interface KnownOncall {
  readonly object: ObjectKey;
  readonly place: string;
  /** Milliseconds since 1970; undefined = never. */
  readonly endsAt: number | undefined;
}

/** Of the stretch that is asked for: those who hand over at its ends are no answer. Milliseconds. */
const margin = 1000;
/** An on-call without an end is asked for as it is now. Milliseconds. */
const moment = 3_600_000;

/**
 * Asks who is on call by its policy at the time of an on-call: on-calls have no ids, and a list that came
 * back short lacks what is there. Few rows answer it, so that no page can be short.
 *
 * @param isPolicyThere asks for its policy: what is asked once for all of its on-calls
 * @throws {HttpError} 401 @throws {HttpError} {@link NetworkError} where PagerDuty is down
 */
export async function askOncall(
  oncall: KnownOncall,
  isPolicyThere: (policy: string) => Promise<ByIdAnswer>,
  { client, mapping, now, wasThere = () => false, signal }: AskOncallOptions,
): Promise<OncallAnswer> {
  const { object, endsAt } = oncall;
  const place = readPlace(oncall.place);
  const { policy, startsAt } = place;
  if (policy === null) return "unanswered";
  const since = Math.max(now, (startsAt ?? now) + margin);
  const until = endsAt === undefined ? since + moment : Math.max(since, endsAt - margin);
  // PagerDuty refuses what is later.
  const furthest = Math.max(since, rangeOncalls({ apiQueryParams: {} }, now).until);
  const rows = await listOncalls(client, policy, [since, Math.min(until, furthest)], signal);
  if (rows?.some((row) => nameObject("oncalls", row) === object) === true) {
    const isRead = mapping.resources.some(({ selection }) => {
      if (selection.kind !== "oncalls") return false;
      const range = rangeOncalls(selection.selector, now);
      return (
        (startsAt ?? now) < Math.max(range.until, now + 1) && (endsAt ?? Infinity) > range.since
      );
    });
    return isRead ? "there" : "outside";
  }
  const isReplaced = rows?.some(
    (row) => isSamePlace(findPlace(row), place) && !wasThere(nameObject("oncalls", row)),
  );
  if (isReplaced === true) return "replaced";
  const answer = await isPolicyThere(policy);
  if (answer === "gone") return "gone";
  return rows !== undefined && answer === "found" ? "left" : "unanswered";
}

/** Undefined where PagerDuty does not tell, as of a policy that it does not show. */
async function listOncalls(
  client: PagerDutyClient,
  policy: string,
  [since, until]: readonly [number, number],
  signal: AbortSignal | undefined,
): Promise<readonly PagerDutyObject[] | undefined> {
  // Times as its list is asked for them: an on-call is told from others by their text too.
  const { path, wrapper, isRow, query } = findKind("oncalls");
  try {
    const { body } = await client.get(
      path,
      [
        ["escalation_policy_ids[]", policy],
        ["since", formatTime(since)],
        ["until", formatTime(until)],
        ["limit", "100"],
        ...query,
      ],
      signal,
    );
    const rows: unknown = body[wrapper];
    return Array.isArray(rows) && body["more"] !== true ? rows.filter(isRow) : undefined;
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof HttpError) || error.status === 401 || isDown(error)) throw error;
    return undefined;
  }
}

/** Where a policy itself names its users there may be several at one level: none takes another's place. */
function isSamePlace(one: OncallPlace, other: OncallPlace): boolean {
  if (one.policy !== other.policy || one.level !== other.level) return false;
  return one.schedule === other.schedule && (one.schedule !== null || one.user === other.user);
}
