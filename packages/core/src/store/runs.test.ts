import { expect, test } from "bun:test";
import { FakeClock } from "../testing/fake-clock.ts";
import { failureOf } from "../testing/failure-of.ts";
import { databaseSorts } from "../testing/test-databases.ts";
import { takeNumber } from "./freshness.ts";
import { noRun, writeJournal } from "./journal.ts";
import { LeaseLostError, type LeaseHolder } from "./lease.ts";
import { queueRun, readQueuedRun } from "./queued-run.ts";
import { pruneRuns, readPastRuns, readRunHistory } from "./run-history.ts";
import {
  endRun,
  readRunHolder,
  renewRun,
  requeueLostRun,
  type Run,
  runLeaseDuration,
  type RunType,
  startRun,
  startRunWhenFree,
} from "./runs.ts";
import type { Sql } from "./sql.ts";

async function begin(sql: Sql, type: RunType = "full", owner = "one"): Promise<Run> {
  const { run, holder } = await startRun(sql, { type, owner });
  if (run === undefined) throw new Error(`The lock is held by ${holder.owner}`);
  return run;
}

for (const [name, createDatabase] of databaseSorts) {
  test(`startRun() lets one of many start, and tells the others whose run it is, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const connections = [sql, (await database.open()).sql];
    for (let round = 0; round < 3; round += 1) {
      const attempts = await Promise.all(
        ["a", "b", "c", "d", "e", "f"].flatMap((owner) =>
          connections.map((connection) =>
            startRun(connection, { type: "delta", owner, token: owner }),
          ),
        ),
      );
      const started = attempts.flatMap(({ run }) => run ?? []);
      expect(started).toHaveLength(1);
      const owners = new Set(attempts.flatMap(({ holder }) => holder?.owner ?? []));
      expect([...owners]).toEqual(started.map(({ lease }) => lease.token));
      for (const run of started) await endRun(sql, run, { outcome: "complete" });
    }
  });

  test(`startRun() numbers runs between the reads before and after, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const before = await takeNumber(sql);
    const run = await begin(sql);
    expect([run.number, await takeNumber(sql)]).toEqual([before + 1, before + 2]);
  });

  test(`startRun() takes over from a process that was killed, once its lease has lapsed, on ${name}`, async () => {
    await using database = await createDatabase();
    const script = `
      import { openStore } from ${JSON.stringify(`${import.meta.dir}/open-store.ts`)};
      import { startRun } from ${JSON.stringify(`${import.meta.dir}/runs.ts`)};
      const { sql } = await openStore(${JSON.stringify(database.place)});
      await startRun(sql, { type: "full", owner: "killed" });
      console.log("started");
      process.stdin.resume();
    `;
    const child = Bun.spawn([process.execPath, "-e", script], { stdin: "pipe", stdout: "pipe" });
    await child.stdout.getReader().read();
    child.kill("SIGKILL");
    await child.exited;

    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    expect((await readRunHolder(sql))?.owner).toBe("killed");
    expect((await startRun(sql, { type: "full", owner: "next" })).holder?.owner).toBe("killed");
    shift = runLeaseDuration + 1000;
    expect(await readRunHolder(sql)).toBeUndefined();
    await begin(sql);
    expect((await readPastRuns(sql, 10)).map(({ outcome }) => outcome)).toEqual(["lost"]);
  });

  test(`a run whose lease has lapsed can neither go on nor end, on ${name}`, async () => {
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    const run = await begin(sql);
    shift += runLeaseDuration - 1000;
    expect(await renewRun(sql, run)).toBe(true);
    shift += runLeaseDuration - 1000;
    expect((await startRun(sql, { type: "full", owner: "other" })).run).toBeUndefined();
    shift += 2000;
    // Even where nobody has taken it.
    expect(await renewRun(sql, run)).toBe(false);
    expect(await failureOf(endRun(sql, run, { outcome: "complete" }))).toBeInstanceOf(
      LeaseLostError,
    );
    const next = await begin(sql);
    expect(await renewRun(sql, run)).toBe(false);
    expect(await failureOf(endRun(sql, run, { outcome: "complete" }))).toBeInstanceOf(
      LeaseLostError,
    );
    await endRun(sql, next, { outcome: "complete" });
    expect((await readRunHistory(sql)).lastFull?.number).toBe(next.number);
  });

  test(`queueRun() asks for one run however often, a full one where any was, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const run = await begin(sql);
    expect(await readQueuedRun(sql)).toBeUndefined();
    for (const type of ["delta", "full", "delta"] as const) await queueRun(sql, type);
    expect(await readQueuedRun(sql)).toBe("full");
    await endRun(sql, run, { outcome: "complete" });
    // Neither an import nor a delta is what was asked for.
    for (const type of ["import", "delta"] as const) {
      await endRun(sql, await begin(sql, type), { outcome: "complete" });
      expect(await readQueuedRun(sql)).toBe("full");
    }
    await endRun(sql, await begin(sql, "full"), { outcome: "complete" });
    expect(await readQueuedRun(sql)).toBeUndefined();
    await queueRun(sql, "delta");
    await endRun(sql, await begin(sql, "delta"), { outcome: "complete" });
    expect(await readQueuedRun(sql)).toBeUndefined();
  });

  test(`requeueLostRun() asks again for what died, once, and for nothing that lives, on ${name}`, async () => {
    await using database = await createDatabase();
    let shift = 0;
    const { sql } = await database.open({ shiftClock: () => shift });
    for (const type of ["full", "delta"] as const) {
      const run = await begin(sql, type);
      expect([await requeueLostRun(sql), await readQueuedRun(sql)]).toEqual([undefined, undefined]);
      shift += runLeaseDuration + 1000;
      const found = await Promise.all([requeueLostRun(sql), requeueLostRun(sql)]);
      expect(found.filter((one) => one !== undefined)).toEqual([type]);
      expect(await readQueuedRun(sql)).toBe(type);
      expect((await readPastRuns(sql, 1))[0]).toMatchObject({
        number: run.number,
        outcome: "lost",
      });
      await endRun(sql, await begin(sql, type), { outcome: "complete" });
      expect([await requeueLostRun(sql), await readQueuedRun(sql)]).toEqual([undefined, undefined]);
    }
    // An import goes on where it was when it is called again.
    await begin(sql, "import");
    shift += runLeaseDuration + 1000;
    expect(await requeueLostRun(sql)).toBeUndefined();
  });

  test(`startRunWhenFree() tells who holds the lock, once each, and starts after them, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const clock = new FakeClock();
    const first = await begin(sql, "full", "first");
    const told: string[] = [];
    const onHeld = (holder: LeaseHolder): void => {
      told.push(holder.owner);
    };
    const waiting = startRunWhenFree(sql, { type: "full", owner: "me", clock, onHeld });
    const until = async (condition: () => boolean): Promise<void> => {
      while (!condition()) await Bun.sleep(1);
    };
    await until(() => clock.sleeping === 1);
    await clock.advance(2000);
    await until(() => clock.sleeping === 1);
    await endRun(sql, first, { outcome: "complete" });
    const second = await begin(sql, "delta", "second");
    await clock.advance(2000);
    await until(() => clock.sleeping === 1);
    await endRun(sql, second, { outcome: "complete" });
    await clock.advance(2000);
    await endRun(sql, await waiting, { outcome: "complete" });
    expect(told).toEqual(["first", "second"]);

    const last = await begin(sql);
    const abort = new AbortController();
    const { signal } = abort;
    const aborted = startRunWhenFree(sql, { type: "full", owner: "me", clock, signal });
    await until(() => clock.sleeping === 1);
    abort.abort(new Error("enough"));
    expect((await failureOf(aborted)).message).toBe("enough");
    await endRun(sql, last, { outcome: "complete" });
  });

  test(`readPastRuns() tells what runs kept, the first names of it, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const identifiers = Array.from({ length: 30 }, (_, place) => `P${place}`);
    const kept = [
      { blueprint: "service", brake: "share", reason: "too many", entities: 30, identifiers },
    ];
    await endRun(sql, await begin(sql, "full"), { outcome: "complete", kept });
    await endRun(sql, await begin(sql, "full"), { outcome: "complete" });
    const [last, first] = await readPastRuns(sql, 2);
    expect(last?.kept).toEqual([]);
    expect(first?.kept).toEqual([{ ...kept[0], identifiers: identifiers.slice(0, 10) }] as never);
    // As a version wrote it that did not know of this.
    await sql.run("UPDATE run SET kept = NULL");
    expect((await readPastRuns(sql, 1))[0]?.kept).toEqual([]);
  });

  test(`readRunHistory() tells what scheduling goes by, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    expect(await readRunHistory(sql)).toEqual({});
    const withheld = ["service: 21 of 30 entities would go"];
    const full = await begin(sql, "full");
    await endRun(sql, full, { outcome: "complete", withheld, sourceStart: 12_345 });
    const incomplete = await begin(sql, "full");
    await endRun(sql, incomplete, { outcome: "incomplete" });
    await endRun(sql, await begin(sql, "full"), { outcome: "failed" });
    const delta = await begin(sql, "delta");
    await endRun(sql, delta, { outcome: "incomplete" });
    await endRun(sql, await begin(sql, "import"), { outcome: "complete" });
    await begin(sql, "full");
    const history = await readRunHistory(sql);
    expect(history.lastFull?.number).toBe(incomplete.number);
    expect(history.lastFull?.sourceStart).toBe(incomplete.startedAt);
    expect(history.lastDelta?.number).toBe(delta.number);
    expect(history.lastComplete).toMatchObject({
      number: full.number,
      type: "full",
      owner: "one",
      startedAt: full.startedAt,
      sourceStart: 12_345,
      withheld,
    });
  });

  test(`pruneRuns() keeps the latest, and the last of each type, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const full = await begin(sql, "full");
    await endRun(sql, full, { outcome: "complete" });
    for (let turn = 0; turn < 5; turn += 1) {
      await endRun(sql, await begin(sql, "delta"), { outcome: "complete" });
    }
    expect(await pruneRuns(sql, 2)).toBe(3);
    const left = await readPastRuns(sql, 10);
    expect(left.map(({ type }) => type)).toEqual(["delta", "delta", "full"]);
    expect((await readRunHistory(sql)).lastFull?.number).toBe(full.number);
  });

  test(`pruneRuns() leaves what its runs deleted, on ${name}`, async () => {
    await using database = await createDatabase();
    const { sql } = await database.open();
    const entity = { blueprint: "incident", identifier: "Q1" };
    for (const run of [noRun, 1]) await writeJournal(sql, run, [{ ...entity, entity }]);
    await pruneRuns(sql, 0);
    expect(await sql.all("SELECT run FROM journal ORDER BY run")).toHaveLength(2);
  });
}
