import { expect, test } from "bun:test";
import type { RunEvent } from "../events.ts";
import { readMoment } from "../passed-time.ts";
import { guardWrites } from "../sink/port/guard-writes.ts";
import type { PortClient, PortRequest } from "../sink/port/port-client.ts";
import { type Claim, claimDuration, claimObjects } from "../store/claims.ts";
import { listEvents } from "../store/inbox-events.ts";
import { LeaseLostError } from "../store/lease.ts";
import { readQueuedRun } from "../store/queued-run.ts";
import type { Sql } from "../store/sql.ts";
import { failureOf } from "../testing/failure-of.ts";
import { databaseSorts } from "../testing/test-databases.ts";
import { TwoClocks } from "../testing/two-clocks.ts";
import { describeClaimLost } from "./lost-claims.ts";
import { workUnderClaim, type WorkUnderClaimOptions } from "./work-under-claim.ts";

const write: PortRequest = { method: "POST", path: "/blueprints/b/entities/bulk" };
const third = claimDuration / 3;

/** Port, of which only is told what arrives. */
class RecordingPort implements PortClient {
  readonly sent: string[] = [];
  /** What happens on the way of a request, before it is admitted, and before it is answered. */
  before: () => Promise<void> | void = () => undefined;
  after: () => Promise<void> | void = () => undefined;

  readonly send: PortClient["send"] = async ({ path, beforeAttempt }) => {
    await this.before();
    await beforeAttempt?.();
    this.sent.push(path);
    await this.after();
    return { status: 200, body: {}, date: undefined };
  };
}

/** A database that counts what it is asked. */
function countStatements(sql: Sql): Sql & { readonly texts: string[] } {
  const texts: string[] = [];
  return {
    dialect: sql.dialect,
    now: sql.now,
    texts,
    all(text, values) {
      texts.push(text);
      return sql.all(text, values);
    },
    run(text, values) {
      texts.push(text);
      return sql.run(text, values);
    },
    transaction(work) {
      texts.push("BEGIN");
      return sql.transaction(work);
    },
  };
}

for (const [sort, createDatabase] of databaseSorts) {
  const objects = ["incidents/Q1", "services/PS1"];

  /** A claim, whose process can stand still: its clocks and the database's go on. */
  async function begin(keys: readonly string[] = objects) {
    const database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    const clock = new TwoClocks();
    const events: RunEvent[] = [];
    const since = readMoment(clock);
    const { claim } = await claimObjects(sql, { objects: keys, owner: "frozen" });
    const options: WorkUnderClaimOptions = {
      sql,
      clock,
      claim,
      since,
      work: "event",
      onEvent: (event) => events.push(event),
    };
    const port = new RecordingPort();
    return {
      database,
      sql,
      clock,
      claim,
      port,
      options,
      events,
      /** Nothing of the process runs for so long. */
      freeze(milliseconds: number, seenBy: "both" | "wall" | "steady" | "none" = "both"): void {
        shift += milliseconds;
        clock.leap({
          wall: seenBy === "both" || seenBy === "wall" ? milliseconds : 0,
          steady: seenBy === "both" || seenBy === "steady" ? milliseconds : 0,
        });
      },
      async [Symbol.asyncDispose]() {
        await database[Symbol.asyncDispose]();
      },
    };
  }

  type Begun = Awaited<ReturnType<typeof begin>>;

  function writeOnce({ options, port }: Pick<Begun, "options" | "port">): Promise<string> {
    return workUnderClaim(options, async (guard) => {
      await guardWrites(port, guard).send(write);
      return { value: "done", note: () => Promise.resolve() };
    });
  }

  async function takeOver(sql: Sql): Promise<Claim> {
    return (await claimObjects(sql, { objects, owner: "alive" })).claim;
  }

  async function listQueued(sql: Sql): Promise<string[]> {
    const waiting = await listEvents(sql, { states: ["waiting"], limit: 9 });
    return waiting.flatMap(({ key }) => key ?? []).toSorted();
  }

  test.each(["both", "wall", "steady"] as const)(
    `workUnderClaim() writes nothing after it stood still over its claim's end, as %s clocks tell, on ${sort}`,
    async (seenBy) => {
      await using begun = await begin();
      const { sql, port, events } = begun;
      // It had waited for its turn to send.
      port.before = () => begun.freeze(claimDuration + 1, seenBy);
      expect(await failureOf(writeOnce(begun))).toBeInstanceOf(LeaseLostError);
      expect(port.sent).toEqual([]);
      expect(await listQueued(sql)).toEqual([]);
      expect(events).toMatchObject([
        { type: "claim-lost", work: "event", objects: 2, named: objects, mayBeWritten: false },
      ]);
      expect((await takeOver(sql)).objects).toEqual(objects);
    },
  );

  test(`workUnderClaim() renews a claim of which more than a third has passed, and goes on, on ${sort}`, async () => {
    await using begun = await begin();
    const { sql, port, events } = begun;
    port.before = () => begun.freeze(claimDuration - 1000);
    // Renewed just now: it lasts as long as a new one.
    port.after = () => begun.freeze(claimDuration - 1000);
    expect(await writeOnce(begun)).toBe("done");
    expect([port.sent.length, events]).toEqual([1, []]);
    expect((await takeOver(sql)).objects).toEqual(objects);
  });

  test(`workUnderClaim() goes on where the wall clock alone was put forward or back, on ${sort}`, async () => {
    for (const wall of [3_600_000, -3_600_000]) {
      await using begun = await begin();
      begun.port.before = () => begun.clock.leap({ wall });
      expect(await writeOnce(begun)).toBe("done");
      expect([begun.port.sent.length, begun.events]).toEqual([1, []]);
    }
  });

  test(`workUnderClaim() queues what may have gone out under a lost claim, once it is answered, on ${sort}`, async () => {
    // No clock has noticed: as of a machine that was copied and goes on from where it was.
    for (const seenBy of ["both", "none"] as const) {
      await using begun = await begin();
      const { sql, port, events } = begun;
      let other: Claim | undefined;
      let before: unknown;
      port.after = async () => {
        begun.freeze(claimDuration + 1, seenBy);
        other = await takeOver(sql);
        before = await listQueued(sql);
      };
      expect(await failureOf(writeOnce(begun))).toBeInstanceOf(LeaseLostError);
      expect([port.sent.length, other?.objects, before]).toEqual([1, objects, []]);
      expect(await listQueued(sql)).toEqual(objects);
      expect(await readQueuedRun(sql)).toBeUndefined();
      const [lost] = events;
      if (lost?.type !== "claim-lost") throw new Error("It was not told");
      expect(lost).toMatchObject({ objects: 2, mayBeWritten: true });
      expect(describeClaimLost(lost)).toContain("it is queued again");
      // The other's claim is left to it.
      expect((await takeOver(sql)).objects).toEqual([]);
    }
  });

  test(`workUnderClaim() waits for other writes that are on their way before it queues anything, on ${sort}`, async () => {
    await using begun = await begin();
    const { sql, port } = begun;
    const answer = Promise.withResolvers<void>();
    port.after = () => answer.promise;
    const failed = failureOf(
      workUnderClaim(begun.options, async (guard) => {
        const guarded = guardWrites(port, guard);
        const first = guarded.send(write);
        await begun.clock.settle();
        begun.freeze(claimDuration + 1);
        await Promise.all([first, guarded.send(write)]);
        return { value: "done", note: () => Promise.resolve() };
      }),
    );
    await begun.clock.settle();
    expect([port.sent.length, await listQueued(sql)]).toEqual([1, []]);
    answer.resolve();
    expect(await failed).toBeInstanceOf(LeaseLostError);
    expect([port.sent.length, await listQueued(sql)]).toEqual([1, objects]);
  });

  test(`workUnderClaim() asks for a delta where no event can bring back what it wrote, on ${sort}`, async () => {
    await using begun = await begin(["incidents/Q1", "run/7"]);
    const { sql, port } = begun;
    port.after = () => begun.freeze(claimDuration + 1);
    expect(await failureOf(writeOnce(begun))).toBeInstanceOf(LeaseLostError);
    expect(await listQueued(sql)).toEqual(["incidents/Q1"]);
    expect(await readQueuedRun(sql)).toBe("delta");
  });

  test(`workUnderClaim() asks the store nothing for a write, on ${sort}`, async () => {
    const counts: number[] = [];
    for (const writes of [0, 1000]) {
      await using begun = await begin();
      const { clock, port } = begun;
      const sql = countStatements(begun.sql);
      await workUnderClaim({ ...begun.options, sql }, async (guard) => {
        const guarded = guardWrites(port, guard);
        // A pause of the garbage collector, and up to a third of the claim in all.
        clock.leap({ wall: 2000, steady: 2000 });
        for (let sent = 0; sent < writes; sent += 1) {
          clock.leap({ wall: (third - 2000) / 1000, steady: (third - 2000) / 1000 });
          await guarded.send(write);
        }
        return { value: "done", note: () => Promise.resolve() };
      });
      expect(port.sent.length).toBe(writes);
      counts.push(sql.texts.length);
    }
    // The end of the claim alone.
    expect(counts).toEqual([1, 1]);
  });
}
