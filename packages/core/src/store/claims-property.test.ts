import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { databaseSorts } from "../testing/test-databases.ts";
import { caseCount } from "../testing/test-size.ts";
import {
  type Claim,
  claimDuration,
  claimObjects,
  completeClaim,
  releaseClaim,
  renewClaim,
} from "./claims.ts";
import { readFreshness, recordApplied, takeNumber } from "./freshness.ts";
import { LeaseLostError } from "./lease.ts";
import type { Sql } from "./sql.ts";

const step = fc.record({
  type: fc.constantFrom(
    "read",
    "claim",
    "claim",
    "renew",
    "complete",
    "complete",
    "release",
    "wait",
  ),
  worker: fc.integer({ min: 0, max: 3 }),
  objects: fc.array(
    fc.integer({ min: 0, max: 3 }).map((index) => `incidents/Q${index}`),
    { maxLength: 4 },
  ),
  // Never near a claim's end, since real time passes too.
  time: fc.integer({ min: 1, max: 5 }).map((times) => times * 7000),
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Four workers over two connections, and what the store ought to say to each. */
class Model {
  now = 0;
  readonly #connections: readonly Sql[];
  readonly #prefix: string;
  readonly #claims = new Map<number, Claim>();
  readonly #numbers = new Map<number, number>();
  readonly #holders = new Map<string, { readonly token: string; readonly until: number }>();
  readonly #highest = new Map<string, number>();

  constructor(connections: readonly Sql[], prefix: string) {
    this.#connections = connections;
    this.#prefix = prefix;
  }

  async play({ type, worker, objects, time }: Step): Promise<void> {
    const sql = this.#connection(worker);
    const claim = this.#claims.get(worker);
    const number = this.#numbers.get(worker) ?? 0;
    if (type === "wait") this.now += time;
    if (type === "read") this.#numbers.set(worker, await takeNumber(sql));
    if (type === "claim") await this.#claim(worker, objects, number);
    if (claim === undefined) return;
    if (type === "renew") {
      expect(await renewClaim(sql, claim)).toBe(this.#isHeld(claim));
      if (this.#isHeld(claim)) this.#hold(claim);
    }
    if (type === "complete") await this.#complete(sql, claim, number);
    if (type === "release") {
      await releaseClaim(sql, claim);
      this.#letGo(claim);
    }
    if (type === "complete" || type === "release") this.#claims.delete(worker);
  }

  async check(): Promise<void> {
    const known = await readFreshness(this.#connection(0), [...this.#highest.keys()]);
    const numbers = new Map([...known].map(([object, { number }]) => [object, number]));
    expect(numbers).toEqual(this.#highest);
  }

  async #claim(worker: number, objects: readonly string[], number: number): Promise<void> {
    const attempt = await claimObjects(this.#connection(worker), {
      objects: objects.map((object) => `${object}-${this.#prefix}`),
      owner: `worker ${worker}`,
      number,
    });
    for (const object of attempt.held) expect(this.#isFree(object)).toBe(false);
    for (const object of [...attempt.claim.objects, ...attempt.stale]) {
      expect(this.#isFree(object)).toBe(true);
      expect(attempt.stale.includes(object)).toBe((this.#highest.get(object) ?? -1) >= number);
    }
    this.#hold(attempt.claim);
    this.#claims.set(worker, attempt.claim);
  }

  async #complete(sql: Sql, claim: Claim, number: number): Promise<void> {
    const isHeld = this.#isHeld(claim);
    const applied = claim.objects.map((object) => ({ object, number }));
    try {
      await completeClaim(sql, claim, (inside) => recordApplied(inside, applied));
    } catch (error) {
      if (!(error instanceof LeaseLostError)) throw error;
      expect(isHeld).toBe(false);
      return;
    }
    expect(isHeld).toBe(true);
    for (const object of claim.objects) {
      this.#highest.set(object, Math.max(number, this.#highest.get(object) ?? 0));
    }
    this.#letGo(claim);
  }

  #connection(worker: number): Sql {
    const sql = this.#connections[worker % this.#connections.length];
    if (sql === undefined) throw new Error("There is no connection");
    return sql;
  }

  #isFree(object: string): boolean {
    return (this.#holders.get(object)?.until ?? 0) <= this.now;
  }

  #isHeld({ objects, token }: Claim): boolean {
    return objects.every(
      (object) => this.#holders.get(object)?.token === token && !this.#isFree(object),
    );
  }

  #hold({ objects, token }: Claim): void {
    for (const object of objects) {
      this.#holders.set(object, { token, until: this.now + claimDuration });
    }
  }

  #letGo(claim: Claim): void {
    if (!this.#isHeld(claim)) return;
    for (const object of claim.objects) this.#holders.delete(object);
  }
}

for (const [name, createDatabase] of databaseSorts) {
  test(`no two hold an object at once, and no lower number replaces a higher, on ${name}`, async () => {
    await using database = await createDatabase();
    let model: Model | undefined;
    const shiftClock = (): number => model?.now ?? 0;
    const connections = [
      (await database.open({ shiftClock })).sql,
      (await database.open({ shiftClock })).sql,
    ];
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
        round += 1;
        model = new Model(connections, String(round));
        for (const one of steps) await model.play(one);
        await model.check();
      }),
      { numRuns: caseCount(20) },
    );
  });

  test(`recordApplied() of many at once keeps the highest number on ${name}`, async () => {
    await using database = await createDatabase();
    const connections = [(await database.open()).sql, (await database.open()).sql];
    const numbers = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 12 });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(numbers, async (all) => {
        round += 1;
        const [object, other] = [`incidents/Q${round}`, `services/P${round}`];
        const writes = all.map((number, index) => {
          const applied = [
            { object, number },
            { object: other, number },
          ];
          const sql = connections[index % 2] ?? connections[0];
          return sql === undefined
            ? Promise.resolve()
            : recordApplied(sql, index % 3 === 0 ? applied.toReversed() : applied);
        });
        await Promise.all(writes);
        const [sql] = connections;
        const known = sql === undefined ? new Map() : await readFreshness(sql, [object, other]);
        const highest = { number: Math.max(...all), isDeleted: false };
        expect([known.get(object), known.get(other)]).toEqual([highest, highest]);
      }),
      { numRuns: caseCount(15) },
    );
  });
}
