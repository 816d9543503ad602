import { expect, test } from "bun:test";
import { existsSync, readdirSync, utimesSync } from "node:fs";
import {
  createFileShelf,
  createJournalRoom,
  createSortedJournal,
  createStoreJournal,
  createStoreShelf,
  type DeletionJournal,
  type JournalShelf,
  defaultRetention,
  JournalFullError,
} from "@pagerport/core";
import { FakeClock } from "../../packages/core/src/testing/fake-clock.ts";
import { TemporaryFolder } from "../../packages/core/src/testing/temporary-folder.ts";
import { databaseSorts } from "../../packages/core/src/testing/test-databases.ts";
import { bySize } from "../support/size.ts";

const hour = 3_600_000;
const day = 24 * hour;
/** A quarter, and what comes after it. */
const days = 100;
/** As many schedules as a large account has; each shift ends one on-call for each level of a policy. */
const schedules = bySize({ short: 60, long: 800 });
/** Shifts of a day. */
const shifts = bySize({ short: 2, long: 4 });
/** Milliseconds. */
const timeout = bySize({ short: 120_000, long: 1_800_000 });

/** An on-call as Port gives it: 850 bytes, as of the default mapping. */
function makeOncall(identifier: string): string {
  const entity = {
    identifier,
    title: "Somebody with a long name",
    blueprint: "pagerdutyOncall",
    icon: "pagerduty",
    team: [],
    createdBy: "c".repeat(60),
    updatedBy: "u".repeat(60),
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
    properties: {
      url: "https://acme.pagerduty.com/schedules/P1234567",
      user: "somebody@example.com",
      escalationLevel: 1,
      startDate: "2026-01-01T00:00:00Z",
      endDate: "2026-01-01T12:00:00Z",
    },
    relations: { pagerdutySchedule: "P1234567", pagerdutyEscalationPolicy: "P7654321" },
  };
  return JSON.stringify({ ...entity, more: "x".repeat(200) });
}

/** What goes besides: a service each day. */
function makeService(identifier: string): string {
  return JSON.stringify({ blueprint: "pagerdutyService", identifier, text: "x".repeat(2000) });
}

/** Lives days in which on-calls come and go, and tells how much there was at most. Nothing may be refused. */
async function live(
  shelf: JournalShelf,
  clock: FakeClock,
  begin: (
    run: number,
    admit: DeletionJournal["admit"],
  ) => DeletionJournal & Partial<AsyncDisposable>,
): Promise<{ readonly rotating: number; readonly firm: number }> {
  const names = { limit: "PAGERPORT_JOURNAL_LIMIT", days: "PAGERPORT_KEEP_DAYS" };
  const room = createJournalRoom({ shelf, retention: defaultRetention, clock, names });
  const most = { rotating: 0, firm: 0 };
  let run = 0;
  for (let today = 0; today < days; today += 1) {
    for (let shift = 0; shift < shifts; shift += 1) {
      run += 1;
      const journal = begin(run, room.admit);
      const lines = Array.from({ length: schedules }, (_, index) => makeOncall(`${run}-${index}`));
      const service = shift === 0 ? [makeService(String(run))] : [];
      const bytes = [...lines, ...service].reduce((sum, line) => sum + line.length, 0);
      await journal.admit?.(bytes, (blueprint) => blueprint === "pagerdutyOncall");
      for (const line of lines) journal.append(line, true);
      for (const line of service) journal.append(line);
      await journal.flush();
      await journal[Symbol.asyncDispose]?.();
      await clock.advance(day / shifts);
    }
    await room.tidy();
    const { firm, rotating } = await shelf.measure();
    most.firm = Math.max(most.firm, firm);
    most.rotating = Math.max(most.rotating, rotating);
  }
  return most;
}

/** Seven days, and what of another is there before it is cleared out. */
function expectAWeek({
  rotating,
  firm,
}: {
  readonly rotating: number;
  readonly firm: number;
}): void {
  const bytesOfDay = schedules * shifts * makeOncall("100-100").length;
  expect(rotating).toBeGreaterThan(6.4 * bytesOfDay);
  expect(rotating).toBeLessThan(8 * bytesOfDay);
  expect(firm).toBeLessThan(91 * 2100);
  expect(rotating + firm).toBeLessThan(defaultRetention.limit / 2);
}

for (const [name, createDatabase] of databaseSorts) {
  test(
    `a quarter of on-calls fills no database, and refuses nothing, on ${name}`,
    async () => {
      await using database = await createDatabase();
      const clock = new FakeClock();
      const start = clock.now();
      const store = await database.open({ shiftClock: () => clock.now() - start });
      const shelf = createStoreShelf(store, defaultRetention);
      const most = await live(shelf, clock, (run, admit) =>
        createStoreJournal(store, run, { ...(admit && { admit }) }),
      );
      expectAWeek(most);
      const [row] = await store.sql.all(
        "SELECT count(*) AS services FROM journal WHERE blueprint = 'pagerdutyService'",
      );
      expect([89, 90]).toContain(Number(row?.["services"]));
    },
    timeout,
  );
}

for (const [name, createDatabase] of databaseSorts) {
  test(`a flood of deletions takes on-calls for its room, and no service that can be put back, on ${name}`, async () => {
    await using database = await createDatabase();
    const clock = new FakeClock();
    const start = clock.now();
    const store = await database.open({ shiftClock: () => clock.now() - start });
    const retention = { ...defaultRetention, limit: 100_000 };
    const shelf = createStoreShelf(store, retention);
    const names = { limit: "PAGERPORT_JOURNAL_LIMIT", days: "PAGERPORT_KEEP_DAYS" };
    const room = createJournalRoom({ shelf, retention, clock, names });
    const rotates = (blueprint: string): boolean => blueprint === "pagerdutyOncall";
    const oncalls = createStoreJournal(store, 1, room);
    for (let index = 0; index < 100; index += 1) oncalls.append(makeOncall(String(index)), true);
    await oncalls.flush();
    let services = 0;
    let refusals = 0;
    // Each hour a run would take ten services.
    for (let run = 2; run < 30; run += 1) {
      await clock.advance(hour);
      const lines = Array.from({ length: 10 }, (_, index) => makeService(`${run}-${index}`));
      const journal = createStoreJournal(store, run, room);
      try {
        await journal.admit?.(lines.join("\n").length, rotates);
      } catch (error) {
        expect(error).toBeInstanceOf(JournalFullError);
        refusals += 1;
        continue;
      }
      for (const line of lines) journal.append(line);
      await journal.flush();
      services += lines.length;
    }
    const size = await shelf.measure();
    expect(size.rotating).toBe(0);
    expect(size.firm).toBeLessThanOrEqual(retention.limit);
    expect([services, refusals]).toEqual([40, 24]);
    const [row] = await store.sql.all("SELECT count(*) AS services FROM journal");
    expect(Number(row?.["services"])).toBe(services);
  });
}

test(
  "a quarter of on-calls fills no folder, and refuses nothing",
  async () => {
    using folder = new TemporaryFolder();
    const clock = new FakeClock();
    const shelf = createFileShelf({ folder: folder.path, retention: defaultRetention, clock });
    const most = await live(shelf, clock, (run, admit) => {
      const journal = createSortedJournal({ folder: folder.path, run, clock });
      return {
        ...journal,
        ...(admit && { admit }),
        async flush() {
          await journal.flush();
          // The clock of the disk is that of the test.
          for (const path of journal.paths.filter((one) => existsSync(one))) {
            utimesSync(path, clock.now() / 1000, clock.now() / 1000);
          }
        },
      };
    });
    expectAWeek(most);
    const names = readdirSync(folder.path);
    const services = names.filter((name) => !name.includes("rotating")).length;
    expect([89, 90]).toContain(services);
    expect(names.filter((name) => name.includes("rotating")).length).toBeLessThanOrEqual(
      7 * shifts,
    );
  },
  timeout,
);
