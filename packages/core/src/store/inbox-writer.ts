import { setImmediate } from "node:timers/promises";
import type { Clock } from "../clock.ts";
import { createSteadyClock } from "../steady-clock.ts";
import { PagerportError } from "../errors.ts";
import { addEvents, type ReceivedEvent } from "./inbox.ts";
import type { Sql } from "./sql.ts";

/** Requests that may wait for their commit; more would only wait in vain. */
export const mostWaiting = 1000;
/** Milliseconds that one of them may have waited before no more are taken … */
export const longestWait = 2000;
/** … and after which they are answered whatever becomes of them: PagerDuty hangs up after 5 seconds. */
export const answerWithin = 4000;
/** Commits of one event each that fail in a row: then it is the store, and not the events. */
const mostFailures = 3;

/** The store cannot keep up, or does not answer: the event is not in it, and must be sent again. */
export class InboxBusyError extends PagerportError {
  override name = "InboxBusyError";
}

/** The way into the inbox: what many requests bring at once is one commit. */
export interface InboxWriter {
  /** Requests that wait for their commit. */
  readonly waiting: number;
  /**
   * Adds an event; it is on disk when this returns.
   *
   * @returns false where the event was known
   * @throws {InboxBusyError} where too many wait, or have waited too long
   * @throws whatever the database says; then the event is not in it, or was not answered for in time
   */
  add(event: ReceivedEvent): Promise<boolean>;
}

interface WaitingEvent {
  readonly event: ReceivedEvent;
  /** By our own clock. */
  readonly since: number;
  readonly answer: PromiseWithResolvers<boolean>;
  isAnswered: boolean;
}

export interface InboxWriterOptions {
  readonly sql: Sql;
  readonly clock: Clock;
}

/** Makes the one writer that a process has. */
export function createInboxWriter({ sql, ...given }: InboxWriterOptions): InboxWriter {
  const clock = createSteadyClock(given.clock);
  let next: WaitingEvent[] = [];
  let committing: readonly WaitingEvent[] = [];
  let waiting = 0;
  let isRunning = false;

  function add(event: ReceivedEvent): Promise<boolean> {
    const since = clock.now();
    if (waiting >= mostWaiting) {
      return Promise.reject(new InboxBusyError(`${waiting} events wait to be written already`));
    }
    const [oldest = next[0]] = committing;
    if (oldest !== undefined && since - oldest.since > longestWait) {
      const wait = Math.round(since - oldest.since);
      return Promise.reject(new InboxBusyError(`An event has waited ${wait} ms to be written`));
    }
    const answer = Promise.withResolvers<boolean>();
    waiting += 1;
    next.push({ event, since, answer, isAnswered: false });
    if (!isRunning) void commitAll();
    return answer.promise;
  }

  /** The first answer counts. */
  function leave(one: WaitingEvent): PromiseWithResolvers<boolean> {
    if (!one.isAnswered) waiting -= 1;
    one.isAnswered = true;
    return one.answer;
  }

  async function commitAll(): Promise<void> {
    isRunning = true;
    while (next.length > 0) {
      // Whatever else has arrived by now goes along.
      await setImmediate();
      committing = next;
      next = [];
      await commitInTime(committing);
      committing = [];
    }
    isRunning = false;
  }

  /** Nobody waits longer for the store than `answerWithin`; the commit itself may end later. */
  async function commitInTime(events: readonly WaitingEvent[]): Promise<void> {
    const waited = clock.now() - (events[0]?.since ?? clock.now());
    const ended = new AbortController();
    const overdue = new AbortController();
    void refuseAll(events, Math.max(0, answerWithin - waited), ended.signal, overdue);
    await commit(events, overdue.signal);
    ended.abort();
  }

  async function refuseAll(
    events: readonly WaitingEvent[],
    delay: number,
    signal: AbortSignal,
    overdue: AbortController,
  ): Promise<void> {
    try {
      await clock.sleep(delay, signal);
    } catch {
      // They were written in time.
      return;
    }
    overdue.abort();
    const error = new InboxBusyError(`The store did not answer within ${answerWithin} ms`);
    for (const one of [...events, ...next]) leave(one).reject(error);
    next = [];
  }

  async function commit(events: readonly WaitingEvent[], overdue: AbortSignal): Promise<void> {
    try {
      await commitTogether(events);
    } catch (error) {
      const [one] = events;
      if (one !== undefined && events.length === 1) leave(one).reject(error);
      else await commitOneByOne(events, overdue);
    }
  }

  async function commitTogether(events: readonly WaitingEvent[]): Promise<void> {
    const added = await addEvents(
      sql,
      events.map(({ event }) => event),
    );
    // Of one that came twice at once, one is new.
    for (const one of events) leave(one).resolve(added.delete(one.event.id));
  }

  /** One that the database does not take must not keep out the others. */
  async function commitOneByOne(
    events: readonly WaitingEvent[],
    overdue: AbortSignal,
  ): Promise<void> {
    let failures = 0;
    let lastError: unknown;
    for (const one of events) {
      if (failures >= mostFailures || overdue.aborted) {
        leave(one).reject(lastError);
        continue;
      }
      try {
        await commitTogether([one]);
        failures = 0;
      } catch (error) {
        failures += 1;
        lastError = error;
        leave(one).reject(error);
      }
    }
  }

  return {
    get waiting() {
      return waiting;
    },
    add,
  };
}
