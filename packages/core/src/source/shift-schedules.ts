import type { Clock } from "../clock.ts";
import { HttpError, NetworkError, PagerportError } from "../errors.ts";
import type { ListingPlan } from "./listing-plan.ts";
import { type IdentifiedObject, isIdentified, type PagerDutyObject } from "./objects.ts";
import type { PagerDutyClient } from "./pagerduty-client.ts";
import { shapeShiftSchedule } from "./shape-shift-schedule.ts";
import type { KeptShiftSchedule, ShiftMemory } from "./shift-memory.ts";

/** Schedules asked for at the same time; the rate limit decides on the pace. */
const mostAtOnce = 32;

/** Schedules that have not changed as far as their list tells are read again by a run, at most; or a share of its requests. */
const fewestRead = 200;
const shareRead = 0.1;

/** Milliseconds that one is remembered which no list shows any more: a list may be refused meanwhile. */
const remembered = 7 * 24 * 3_600_000;

/** The shift-based schedules that a list named. */
interface ShiftDetails {
  readonly schedules: readonly IdentifiedObject[];
  /** Why some could not be read; empty where all could. */
  readonly problem: string;
  /** How many are as an earlier run read them. */
  readonly old: number;
  /** How long ago the oldest of them was read, milliseconds; undefined where none is old. */
  readonly oldestAge: number | undefined;
}

/** Reads shift-based schedules by their ids, and remembers them. */
export interface ShiftSchedules {
  readonly memory: ShiftMemory;
  /**
   * Reads one.
   *
   * @returns undefined where PagerDuty says 404, or 400, which is its word for one of the other kind
   */
  read(plan: ListingPlan, id: string, signal?: AbortSignal): Promise<IdentifiedObject | undefined>;
  /**
   * Finds those of a list's rows: new ones and those whose name has changed are read; of the others those
   * that were read longest ago, as many as a run may, and the rest is as it was.
   *
   * @throws {HttpError} 401
   */
  find(
    plan: ListingPlan,
    rows: readonly PagerDutyObject[],
    signal?: AbortSignal,
  ): Promise<ShiftDetails>;
  /** Forgets what no list shows any more. @param layered ids of the other kind */
  tidy(shown: ReadonlySet<string>, layered: ReadonlySet<string>): Promise<void>;
}

export interface ShiftSchedulesOptions {
  readonly client: PagerDutyClient;
  readonly clock: Clock;
  readonly memory: ShiftMemory;
  /** Requests of the run so far. @default 0 */
  readonly countRequests?: (() => number) | undefined;
}

/** What became of one that was asked for. */
type Answer =
  | { readonly is: "there"; readonly schedule: IdentifiedObject }
  | { readonly is: "gone" }
  | { readonly is: "unread"; readonly error: PagerportError };

/** Makes what reads them for one run. */
export function createShiftSchedules(options: ShiftSchedulesOptions): ShiftSchedules {
  const { client, clock, memory, countRequests = () => 0 } = options;

  const fetchOne = async (
    { shifts }: ListingPlan,
    id: string,
    signal: AbortSignal | undefined,
  ): Promise<IdentifiedObject | undefined> => {
    try {
      const path = `/v3/schedules/${encodeURIComponent(id)}`;
      const { body } = await client.get(path, shifts.query, signal);
      return shapeShiftSchedule(body["schedule"]);
    } catch (error) {
      if (isOfOtherKind(error)) return undefined;
      throw error;
    }
  };

  const ask = async (
    plan: ListingPlan,
    id: string,
    signal: AbortSignal | undefined,
  ): Promise<Answer> => {
    try {
      const schedule = await fetchOne(plan, id, signal);
      return schedule === undefined ? { is: "gone" } : { is: "there", schedule };
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof PagerportError)) throw error;
      if (error instanceof HttpError && error.status === 401) throw error;
      return { is: "unread", error };
    }
  };

  /** Reads some, part by part, and keeps each part; where PagerDuty answers none of a part, the others are left. */
  const readAll = async (
    plan: ListingPlan,
    rows: readonly ShiftReference[],
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<string, Answer>> => {
    const answers = new Map<string, Answer>();
    for (let start = 0; start < rows.length; start += mostAtOnce) {
      const part = rows.slice(start, start + mostAtOnce);
      const given = await Promise.all(part.map(({ id }) => ask(plan, id, signal)));
      const kept: KeptShiftSchedule[] = [];
      for (const [place, { id, summary }] of part.entries()) {
        const answer = given[place];
        if (answer === undefined) continue;
        answers.set(id, answer);
        if (answer.is !== "there") continue;
        const { schedule } = answer;
        kept.push({ asked: plan.shifts.asked, summary, readAt: clock.now(), schedule });
      }
      if (kept.length > 0) await memory.keep(kept);
      if (given.every(isDown)) break;
    }
    return answers;
  };

  return {
    memory,
    async read(plan, id, signal) {
      const schedule = await fetchOne(plan, id, signal);
      if (schedule === undefined) return undefined;
      const { asked } = plan.shifts;
      const summary = String(schedule["summary"]);
      await memory.keep([{ asked, summary, readAt: clock.now(), schedule }]);
      return schedule;
    },
    async find(plan, rows, signal) {
      const references = rows.filter(isIdentified).map(referTo);
      const kept = await readKept(memory, plan);
      const isNew = ({ id, summary }: ShiftReference): boolean => kept.get(id)?.summary !== summary;
      const news = references.filter(isNew);
      const others = references.filter((row) => !isNew(row));
      const most = Math.max(fewestRead, Math.floor(countRequests() * shareRead));
      const due = others
        .toSorted((one, other) => readAtOf(kept, one) - readAtOf(kept, other))
        .slice(0, Math.max(0, most - news.length));
      const asked = new Set([...news, ...due]);
      const answers = await readAll(plan, [...asked], signal);
      return joinDetails(references, { kept, answers, asked, now: clock.now() });
    },
    async tidy(shown, layered) {
      const latest = clock.now() - remembered;
      const over = (await memory.list()).filter(
        ({ schedule: { id }, readAt }) => !shown.has(id) && (layered.has(id) || readAt < latest),
      );
      if (over.length > 0) await memory.forget(over.map(({ schedule: { id } }) => id));
    },
  };
}

/** Whether PagerDuty did not answer, or not for its own reasons: asking for others would only take time. */
function isDown(answer: Answer): boolean {
  if (answer.is !== "unread") return false;
  const { error } = answer;
  if (!(error instanceof HttpError)) return error instanceof NetworkError;
  return error.status >= 500 || error.status === 429 || error.status === 408;
}

/**
 * Whether an answer says that there is no such schedule under this path: PagerDuty's upgrade guide says
 * 400 for an id of the other kind, its API's document 404.
 */
export function isOfOtherKind(error: unknown): boolean {
  return error instanceof HttpError && (error.status === 404 || error.status === 400);
}

/** A row of the list of shift-based schedules, which is a reference. */
interface ShiftReference {
  readonly id: string;
  readonly summary: string;
}

function referTo(row: IdentifiedObject): ShiftReference {
  const { id, summary } = row;
  return { id, summary: typeof summary === "string" ? summary : "" };
}

async function readKept(
  memory: ShiftMemory,
  { shifts }: ListingPlan,
): Promise<ReadonlyMap<string, KeptShiftSchedule>> {
  const all = await memory.list();
  const ofQuestion = all.filter(({ asked }) => asked === shifts.asked);
  return new Map(ofQuestion.map((one) => [one.schedule.id, one]));
}

function readAtOf(kept: ReadonlyMap<string, KeptShiftSchedule>, { id }: ShiftReference): number {
  return kept.get(id)?.readAt ?? -Infinity;
}

function describeUnread({ id }: ShiftReference, answer: Answer | undefined): string {
  if (answer?.is === "unread") return answer.error.message;
  return answer === undefined
    ? "PagerDuty did not answer for others"
    : `PagerDuty lists ${id} and knows nothing of it when asked for it by id`;
}

/** Puts together what was read and what was known. What is listed is there, whatever its id answers. */
function joinDetails(
  references: readonly ShiftReference[],
  {
    kept,
    answers,
    asked,
    now,
  }: {
    readonly kept: ReadonlyMap<string, KeptShiftSchedule>;
    readonly answers: ReadonlyMap<string, Answer>;
    readonly asked: ReadonlySet<ShiftReference>;
    readonly now: number;
  },
): ShiftDetails {
  const schedules: IdentifiedObject[] = [];
  const old: number[] = [];
  let unread = 0;
  let first: string | undefined;
  for (const reference of references) {
    const answer = answers.get(reference.id);
    if (answer?.is === "there") {
      schedules.push(answer.schedule);
      continue;
    }
    const known = kept.get(reference.id);
    // Deleted or moved since it was listed, or not there yet: the next list tells which.
    const isPassing = answer?.is === "gone" && known !== undefined;
    if (asked.has(reference) && !isPassing) {
      unread += 1;
      first ??= describeUnread(reference, answer);
    }
    if (known === undefined) continue;
    schedules.push(known.schedule);
    old.push(known.readAt);
  }
  return {
    schedules,
    problem:
      unread === 0
        ? ""
        : `${unread} of ${references.length} shift-based schedules could not be read by id: ${first}`,
    old: old.length,
    oldestAge: old.length === 0 ? undefined : Math.max(0, now - Math.min(...old)),
  };
}
