import { ConfigError, HttpError, PagerportError } from "../errors.ts";
import type { KindName } from "./kinds.ts";
import type { PagerDutyObject } from "./objects.ts";
import type { PagerDutyClient, Query } from "./pagerduty-client.ts";
import { readKind } from "./read-kind.ts";
import { omit } from "./read-object.ts";
import type { ListReading } from "./read-list.ts";
import type { ListingPlan } from "./listing-plan.ts";
import type { ShiftSchedules } from "./shift-schedules.ts";

export interface ReadSchedulesOptions {
  readonly client: PagerDutyClient;
  readonly plan: ListingPlan;
  /** Of the list of layer-based ones. */
  readonly query: Query;
  readonly shifts: ShiftSchedules;
  /** The list of shift-based ones, which is read once for a run. */
  readonly readShiftSchedules: (signal?: AbortSignal) => Promise<ListReading<PagerDutyObject>>;
  readonly signal?: AbortSignal | undefined;
  readonly onPage: (rows: number) => void;
}

/** Schedules of one kind. */
export interface SchedulesRead {
  readonly rows: readonly PagerDutyObject[];
  /** Why some are missing; empty when none is. */
  readonly problem: string;
  /** What a person should know all the same. */
  readonly notices: readonly string[];
}

/** What a list answers to a token or an account that has no such schedules. */
const refusals: ReadonlySet<number> = new Set([402, 403, 404]);

const minute = 60_000;

/**
 * Reads the schedules of both kinds: layer-based ones from their list, then shift-based ones from theirs, in
 * that order, since PagerDuty moves them to the latter: one that is moved meanwhile is in both. A half that
 * fails is a problem of the whole. A refused list of shift-based ones means that there are none, as long as
 * none was ever seen.
 *
 * @throws {HttpError} the layer-based half's, after the other has been given out where there is one
 */
export async function* readSchedules(
  options: ReadSchedulesOptions,
): AsyncGenerator<SchedulesRead, void> {
  const { client, query, shifts, signal, onPage } = options;
  let layered: ListReading<PagerDutyObject> | undefined;
  let failure: unknown;
  try {
    layered = await readKind(client, "schedules", query, { signal, onPage });
  } catch (error) {
    const isOther = (await shifts.memory.list()).length > 0 && isOfHalf(error, signal);
    if (!isOther) throw error;
    failure = error;
  }
  if (layered !== undefined) {
    yield { rows: layered.rows, problem: describeList("schedules", layered), notices: [] };
  }
  const ids = new Set((layered?.rows ?? []).map(({ id }) => String(id)));
  yield await readShiftHalf(options, ids, layered !== undefined);
  if (failure !== undefined) throw failure;
}

/** Reads the shift-based schedules alone. @throws {HttpError} what their list is refused with */
export async function readShiftsAlone(options: ReadSchedulesOptions): Promise<SchedulesRead> {
  const list = await options.readShiftSchedules(options.signal);
  return readDetails(options, list, new Set());
}

async function readShiftHalf(
  options: ReadSchedulesOptions,
  layered: ReadonlySet<string>,
  isTokenGood: boolean,
): Promise<SchedulesRead> {
  const { shifts, signal } = options;
  let list: ListReading<PagerDutyObject>;
  try {
    list = await options.readShiftSchedules(signal);
  } catch (error) {
    // Where the other list was answered just now, whatever is wrong is wrong with this one.
    const isOwn = isTokenGood && error instanceof PagerportError;
    if (!isOfHalf(error, signal) && !isOwn) throw error;
    const isRefused = error instanceof HttpError && refusals.has(error.status);
    const isNone = isRefused && (await shifts.memory.list()).length === 0;
    if (!isNone) {
      const problem = `The list of shift-based schedules (v3/schedules) failed: ${error.message}`;
      return { rows: [], problem, notices: [] };
    }
    const isNew = await shifts.memory.noteRefusal();
    const notice = `This token or account has no shift-based schedules (v3/schedules), so that schedules are the layer-based ones: ${error.message}`;
    return { rows: [], problem: "", notices: isNew ? [notice] : [] };
  }
  return readDetails(options, list, layered);
}

async function readDetails(
  { plan, shifts, signal, onPage }: ReadSchedulesOptions,
  list: ListReading<PagerDutyObject>,
  layered: ReadonlySet<string>,
): Promise<SchedulesRead> {
  onPage(list.rows.length);
  const found = await shifts.find(plan, list.rows, signal);
  if (list.complete) await shifts.tidy(new Set(list.rows.map(({ id }) => String(id))), layered);
  const problems = [describeList("v3/schedules", list), found.problem];
  return {
    rows: found.schedules.map((schedule) => omit(schedule, plan.leftOut)),
    problem: problems.filter((problem) => problem !== "").join("; "),
    notices:
      found.oldestAge === undefined
        ? []
        : [
            `${found.old} of ${list.rows.length} shift-based schedules are as earlier runs read them, the oldest ${describeAge(found.oldestAge)} ago: PagerDuty's list does not tell what changed, and a run reads some of them by id`,
          ],
  };
}

function describeList(kind: KindName, { complete, reason }: ListReading<unknown>): string {
  return complete ? "" : `The list of ${kind} is incomplete: ${reason}`;
}

/** Whether an error is about one list, and not about the run. */
function isOfHalf(error: unknown, signal: AbortSignal | undefined): error is PagerportError {
  signal?.throwIfAborted();
  if (!(error instanceof PagerportError) || error instanceof ConfigError) return false;
  return !(error instanceof HttpError && error.status === 401);
}

/** Milliseconds in words. */
function describeAge(age: number): string {
  const minutes = Math.round(age / minute);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
