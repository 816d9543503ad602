import { listEvents, readEvent } from "../store/inbox-events.ts";
import type { InboxJob } from "../store/inbox-jobs.ts";
import type { Sql } from "../store/sql.ts";

/** An event that has been seen to. */
export interface ProcessedEvent {
  readonly id: string;
  readonly type: string;
  /** What became of it, see `JobOutcome`. */
  readonly outcome: "applied" | "deleted" | "ignored" | "withheld" | "not-visible";
  /** The bytes as they came. */
  readonly payload: Uint8Array;
}

/** Hands an event on. What it throws is no fault of the event's: it is handed on again later. */
export type PublishEvent = (event: ProcessedEvent) => Promise<void>;

export interface PublishProcessedOptions {
  readonly sql: Sql;
  readonly publish: PublishEvent;
  readonly outcome: ProcessedEvent["outcome"];
}

/** Dead letters of one object that are handed on together with what cleared them. */
const mostDead = 1000;

/**
 * Hands on what a job has seen to, in the order that it was received in; dead letters of the same object
 * first, as they are done with it. Payloads are read from the store one at a time.
 *
 * It is called before the job's end is noted, so that whatever ends the process in between, every event
 * is handed on at least once.
 */
export async function publishProcessed(
  job: InboxJob,
  { sql, publish, outcome }: PublishProcessedOptions,
): Promise<void> {
  const isCleared = outcome !== "not-visible";
  const dead = isCleared
    ? await listEvents(sql, { states: ["dead"], key: job.key, limit: mostDead })
    : [];
  for (const { id } of [...dead.toReversed(), ...job.events]) {
    const event = await readEvent(sql, id);
    // Without a payload it is one more object of another event's, or a person has dropped it.
    if (event === undefined || event.payload.length === 0) continue;
    await publish({ id, type: event.type, outcome, payload: event.payload });
  }
}
