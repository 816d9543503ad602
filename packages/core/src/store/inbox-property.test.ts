import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { createEvent } from "../testing/inbox-event.ts";
import { databaseSorts } from "../testing/test-databases.ts";
import { caseCount } from "../testing/test-size.ts";
import { claimDuration, completeClaim, renewClaim } from "./claims.ts";
import { addEvents, type EventState } from "./inbox.ts";
import { dropEvents, listEvents, retryEvents } from "./inbox-events.ts";
import {
  claimJobs,
  endEvents,
  failEvents,
  type InboxJob,
  mostAttempts,
  postponeEvents,
} from "./inbox-jobs.ts";
import { LeaseLostError } from "./lease.ts";
import type { Sql } from "./sql.ts";

/** Of the time that steps let pass; nothing ever falls due near a step, since real time passes too. */
const tick = 7000;
const delay = 10_500;

const step = fc.record({
  type: fc.constantFrom(
    "receive",
    "receive",
    "receive",
    "claim",
    "claim",
    "end",
    "end",
    "fail",
    "postpone",
    "renew",
    "retry",
    "drop",
    "wait",
  ),
  connection: fc.integer({ min: 0, max: 1 }),
  /** Events by number: their object follows from it. */
  events: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 5 }),
  job: fc.nat({ max: 5 }),
  ticks: fc.integer({ min: 1, max: 5 }),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

interface Row {
  readonly key: string;
  state: EventState;
  attempts: number;
  due: number;
}

/** Workers over two connections, and what the inbox ought to hold. */
class Model {
  now = 0;
  readonly #connections: readonly [Sql, Sql];
  readonly #rows = new Map<string, Row>();
  readonly #jobs: InboxJob[] = [];
  readonly #holders = new Map<string, { readonly token: string; until: number }>();

  constructor(connections: readonly [Sql, Sql]) {
    this.#connections = connections;
  }

  async play({ type, connection, events, job: place, ticks }: Step): Promise<void> {
    const sql = this.#connections[connection === 0 ? 0 : 1];
    if (type === "wait") this.now += ticks * tick;
    if (type === "receive") await this.#receive(sql, events);
    if (type === "claim") await this.#claim(sql);
    if (type === "retry" || type === "drop") await this.#change(sql, type, events);
    const job = this.#jobs[place % Math.max(1, this.#jobs.length)];
    if (job === undefined) return;
    if (type === "renew") {
      expect(await renewClaim(sql, job.claim)).toBe(this.#isHeld(job));
      if (this.#isHeld(job)) this.#hold(job);
    }
    if (type === "end" || type === "fail" || type === "postpone")
      await this.#finish(sql, job, type);
  }

  async check(): Promise<void> {
    const found = await listEvents(this.#connections[0], { limit: 1000 });
    const rows = found.map(({ id, key = "", state, attempts }) => [id, { key, state, attempts }]);
    const expected = [...this.#rows].map(([id, { key, state, attempts }]) => [
      id,
      { key, state, attempts },
    ]);
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(expected));
  }

  async #receive(sql: Sql, numbers: readonly number[]): Promise<void> {
    const events = numbers.map((number) => {
      const others = number % 2 === 0 ? ["services/PS1"] : [];
      return createEvent(`E${number}`, { key: `incidents/Q${number % 3}`, others });
    });
    const known = new Set(this.#rows.keys());
    const added = await addEvents(sql, events);
    for (const { id, key = "" } of events) {
      expect(added.has(id)).toBe(!known.has(id));
      this.#add(id, key);
    }
    // One of the new ones touches it for all of them.
    const touching = events.filter(({ id, others }) => added.has(id) && others.length > 0);
    const [id] = touching.map((event) => event.id).toSorted();
    if (id !== undefined) this.#add(`${id}/services/PS1`, "services/PS1");
  }

  #add(id: string, key: string): void {
    if (this.#rows.has(id)) return;
    this.#rows.set(id, { key, state: "waiting", attempts: 0, due: this.now });
  }

  async #claim(sql: Sql): Promise<void> {
    const waiting = [...this.#rows].filter(([, { state }]) => state === "waiting");
    const due = waiting.filter(([, row]) => row.due <= this.now && this.#isFree(row.key));
    const jobs = await claimJobs(sql, { owner: "worker", most: 10 });
    expect(new Set(jobs.map(({ key }) => key))).toEqual(new Set(due.map(([, { key }]) => key)));
    for (const job of jobs) {
      const own = waiting.filter(([, { key }]) => key === job.key);
      expect(job.events.map(({ id }) => id).toSorted()).toEqual(own.map(([id]) => id).toSorted());
      this.#hold(job);
      this.#jobs.push(job);
    }
  }

  async #finish(sql: Sql, job: InboxJob, type: "end" | "fail" | "postpone"): Promise<void> {
    this.#jobs.splice(this.#jobs.indexOf(job), 1);
    const isHeld = this.#isHeld(job);
    const setback = { error: "it failed", delay };
    try {
      await completeClaim(sql, job.claim, async (inside) => {
        if (type === "end") await endEvents(inside, job);
        if (type === "fail") await failEvents(inside, job, setback);
        if (type === "postpone") await postponeEvents(inside, job, setback);
      });
    } catch (error) {
      if (!(error instanceof LeaseLostError)) throw error;
      expect(isHeld).toBe(false);
      return;
    }
    expect(isHeld).toBe(true);
    this.#holders.delete(job.key);
    for (const { id, attempts } of job.events) {
      const row = this.#rows.get(id);
      if (row?.state !== "waiting") continue;
      if (type === "end") row.state = "done";
      else row.due = this.now + delay;
      if (type !== "fail") continue;
      row.attempts += 1;
      // A retry meanwhile has let it begin anew.
      if (row.attempts >= mostAttempts) row.state = "dead";
      expect(row.attempts).toBeLessThanOrEqual(attempts + 1);
    }
    if (type !== "end") return;
    for (const row of this.#rows.values()) {
      if (row.key === job.key && row.state === "dead") row.state = "done";
    }
  }

  async #change(sql: Sql, type: "retry" | "drop", numbers: readonly number[]): Promise<void> {
    const ids = [...new Set(numbers.map((number) => `E${number}`))];
    const open = ids.flatMap((id) => {
      const row = this.#rows.get(id);
      return row === undefined || row.state === "done" ? [] : [row];
    });
    const count = type === "retry" ? await retryEvents(sql, ids) : await dropEvents(sql, ids);
    expect(count).toBe(open.length);
    for (const row of open) {
      if (type === "drop") row.state = "done";
      else Object.assign(row, { state: "waiting", attempts: 0, due: this.now });
    }
  }

  #isFree(key: string): boolean {
    return (this.#holders.get(key)?.until ?? 0) <= this.now;
  }

  #isHeld({ key, claim }: InboxJob): boolean {
    return this.#holders.get(key)?.token === claim.token && !this.#isFree(key);
  }

  #hold({ key, claim }: InboxJob): void {
    this.#holders.set(key, { token: claim.token, until: this.now + claimDuration });
  }
}

for (const [name, createDatabase] of databaseSorts) {
  test(`the inbox loses no event, gives none to two, and repeats none that is done, on ${name}`, async () => {
    await using database = await createDatabase();
    let model: Model | undefined;
    const shiftClock = (): number => model?.now ?? 0;
    const connections = [
      (await database.open({ shiftClock })).sql,
      (await database.open({ shiftClock })).sql,
    ] as const;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
        for (const table of ["inbox", "inbox_key"])
          await connections[0].run(`DELETE FROM ${table}`);
        model = new Model(connections);
        for (const one of steps) await model.play(one);
        await model.check();
      }),
      { numRuns: caseCount(20) },
    );
  });
}
