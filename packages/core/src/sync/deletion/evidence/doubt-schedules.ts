import type { ObjectKey } from "../../../store/freshness.ts";
import { readSettledRuns } from "../../../store/deletion/settled-runs.ts";
import type { Sql } from "../../../store/sql.ts";
import { readState } from "../../../store/state.ts";
import { shiftRefusal } from "../../create-shift-memory.ts";
import { isOfKind } from "../../object-key.ts";
import type { ByIdAnswer } from "./ask-by-id.ts";

/**
 * Takes the 404 of schedules for no answer where the list of shift-based ones is refused and nothing is
 * remembered: an account that has none is answered so, and so is a token that no longer sees them. To a store
 * that has settled a run without such schedules it is an answer.
 */
export async function doubtSchedules(
  answers: ReadonlyMap<ObjectKey, ByIdAnswer>,
  sql: Sql,
): Promise<ReadonlyMap<ObjectKey, ByIdAnswer>> {
  const isDoubtful = ([object, answer]: readonly [ObjectKey, ByIdAnswer]): boolean =>
    answer === "gone" && isOfKind(object, "schedules");
  if (![...answers].some(isDoubtful)) return answers;
  if ((await readState(sql, shiftRefusal)) === undefined) return answers;
  if ((await readSettledRuns(sql)).size > 0) return answers;
  return new Map(
    [...answers].map((one) => (isDoubtful(one) ? [one[0], "unanswered" as const] : one)),
  );
}
