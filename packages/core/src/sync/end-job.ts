import { describeError, type HttpError, type NetworkError } from "../errors.ts";
import {
  endEvents,
  failEvents,
  type InboxJob,
  mostAttempts,
  postponeEvents,
  type Setback,
} from "../store/inbox-jobs.ts";
import type { EntityRef } from "../store/produced.ts";
import type { Sql } from "../store/sql.ts";
import type { WithheldByBrake } from "./deletion/withheld-by-brake.ts";
import { publishProcessed, type PublishEvent } from "./publish-processed.ts";
import type { ClaimedWork } from "./work-under-claim.ts";

/** What became of the events of one object. */
export type JobOutcome =
  /** The object's present state is in Port. */
  | {
      /** `withheld`: its object is gone, and its entities stay until a person, or the next full run, decides. */
      readonly outcome: "applied" | "deleted" | "ignored" | "withheld";
      /** Entities that nothing produces any more, and that stay because others of ours relate to them. */
      readonly kept?: readonly EntityRef[] | undefined;
      /** Entities that became stubs: incidents name them. */
      readonly stubbed?: readonly EntityRef[] | undefined;
      /** Entities that stay though nothing produces them any more, by what holds them back. */
      readonly withheld?: readonly WithheldByBrake[] | undefined;
      /** What was not written now, and had not been left out before, as another integration owns it: sentences. */
      readonly left?: readonly string[] | undefined;
      /** Values of the object that PagerDuty refused, which stay in Port as they are: sentences. */
      readonly lacking?: readonly string[] | undefined;
      /** PagerDuty's event called the object deleted, and PagerDuty shows it still. */
      readonly isFalseDeletion?: boolean | undefined;
    }
  /** PagerDuty does not show the object: nothing was deleted. */
  | { readonly outcome: "not-visible" }
  /** By the fault of the events; tried again, or a dead letter. */
  | { readonly outcome: "failed" | "dead"; readonly error: string; readonly retryIn: number }
  /** By no fault of the events: a host, or an object that is not shown yet. */
  | {
      readonly outcome: "postponed";
      readonly error: string;
      readonly retryIn: number;
      /** What a host answered, or that it did not. */
      readonly cause: HttpError | NetworkError | undefined;
    };

/** Of a job that has come to its end, what is noted of the object and not of the events is told apart. */
export type JobWork = ClaimedWork<JobOutcome> & {
  readonly record?: ClaimedWork<JobOutcome>["note"];
};

/** Who is handed events that have been seen to, and where they are kept. */
export interface PublishJobOptions {
  readonly sql: Sql;
  readonly publish?: PublishEvent | undefined;
}

/** Milliseconds until an event that failed is tried again, the first time, and at most. */
const firstRetry = 2000;
const longestRetry = 300_000;
/** Milliseconds until events are handed on again that nobody took: what they told of is in Port. */
const publishRetry = 10_000;

/** Notes what a job has done, besides what became of its events. */
export type Note = (sql: Sql) => Promise<void>;

const noteNothing: Note = () => Promise.resolve();

/** The events are seen to. @param record notes what was done */
export function endJob(job: InboxJob, value: JobOutcome, record: Note = noteNothing): JobWork {
  return {
    value,
    record,
    note: async (inside) => {
      await record(inside);
      await endEvents(inside, job, { keepsDead: value.outcome === "not-visible" });
    },
  };
}

/** Hands on the events of work that has come to its end; where nobody takes them, they wait. */
export async function publishJob(
  job: InboxJob,
  work: JobWork,
  { sql, publish }: PublishJobOptions,
): Promise<JobWork> {
  const { value, record } = work;
  if (publish === undefined || record === undefined || "error" in value) return work;
  try {
    await publishProcessed(job, { sql, publish, outcome: value.outcome });
    return work;
  } catch (cause) {
    const error = `The event was not handed on: ${describeError(cause)}`;
    const { value: postponed, note } = postponeJob(job, { error, delay: publishRetry }, undefined);
    return {
      value: postponed,
      note: async (inside) => {
        await record(inside);
        await note(inside);
      },
    };
  }
}

/**
 * The events wait, by no fault of their own.
 *
 * @param cause what a host answered, or that it did not
 * @param note notes what was done of it
 */
export function postponeJob(
  job: InboxJob,
  setback: Setback,
  cause: HttpError | NetworkError | undefined,
  note: Note = noteNothing,
): JobWork {
  const { error, delay } = setback;
  return {
    value: { outcome: "postponed", error, retryIn: delay, cause },
    note: async (inside) => {
      await note(inside);
      await postponeEvents(inside, job, setback);
    },
  };
}

/** The events failed: they are tried again, or are dead letters from now on. */
export function failJob(job: InboxJob, error: string, note: Note = noteNothing): JobWork {
  const attempts = Math.max(...job.events.map((event) => event.attempts));
  const delay = Math.min(longestRetry, firstRetry * 2 ** attempts);
  const isDead = attempts + 1 >= mostAttempts;
  return {
    value: { outcome: isDead ? "dead" : "failed", error, retryIn: delay },
    note: async (inside) => {
      await note(inside);
      await failEvents(inside, job, { error, delay });
    },
  };
}
