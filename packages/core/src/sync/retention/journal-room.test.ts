import { expect, test } from "bun:test";
import { JournalFullError } from "../../errors.ts";
import type { JournalNote } from "../../store/retention/journal-note.ts";
import { failureOf } from "../../testing/failure-of.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { createJournalRoom } from "./journal-room.ts";

const mebibyte = 1024 * 1024;

function createSetting(limit: number) {
  const size = { firm: 0, rotating: 0 };
  const notes: JournalNote[] = [];
  const clock = new FakeClock();
  let measures = 0;
  const told: string[] = [];
  const room = createJournalRoom({
    onFull: ({ message }) => void told.push(message),
    shelf: {
      place: "/state",
      measure() {
        measures += 1;
        return Promise.resolve({ ...size });
      },
      drop(bytes) {
        size.rotating = Math.max(0, size.rotating - bytes);
        return Promise.resolve();
      },
      prune: () => Promise.resolve(),
    },
    memory: {
      read: () => Promise.resolve(notes.at(-1)),
      keep: async (note) => void notes.push(note),
    },
    retention: { days: 90, rotatingDays: 7, limit },
    clock,
    names: { limit: "PAGERPORT_JOURNAL_LIMIT", days: "PAGERPORT_KEEP_DAYS" },
  });
  const admit = (bytes: number): Promise<void> => room.admit(bytes, () => false);
  return { size, notes, told, clock, room, admit, countMeasures: () => measures };
}

test("createJournalRoom() drops what rotates where room is needed, and some more", async () => {
  const { size, admit } = createSetting(100 * mebibyte);
  Object.assign(size, { firm: 60 * mebibyte, rotating: 39 * mebibyte });
  await admit(2 * mebibyte);
  expect(size).toEqual({ firm: 60 * mebibyte, rotating: 33 * mebibyte });
});

test("createJournalRoom() refuses where the rest is to be kept, and says what to do", async () => {
  const { size, admit, notes } = createSetting(100 * mebibyte);
  Object.assign(size, { firm: 99.5 * mebibyte, rotating: 0.25 * mebibyte });
  const failure = await failureOf(admit(mebibyte));
  expect(failure).toBeInstanceOf(JournalFullError);
  expect(String(failure)).toContain(
    "Nothing is deleted, as what goes could not be put back: the journal of deletions (/state) has no room for 1.0 MiB more; 99.5 of 100.0 MiB are taken, 99.5 of them by what is kept for 90 days. Raise PAGERPORT_JOURNAL_LIMIT, or lower PAGERPORT_KEEP_DAYS",
  );
  expect(notes.at(-1)).toMatchObject({ firm: 99.5 * mebibyte, refused: mebibyte });
});

test("createJournalRoom() tells that there is room again once there is, and not before", async () => {
  const { size, admit, notes, room } = createSetting(10 * mebibyte);
  size.firm = 10 * mebibyte;
  await failureOf(admit(mebibyte));
  await room.tidy();
  expect(notes.at(-1)?.refused).toBe(mebibyte);
  size.firm = 8 * mebibyte;
  await room.tidy();
  expect(notes.at(-1)).toEqual({
    firm: 8 * mebibyte,
    rotating: 0,
    limit: 10 * mebibyte,
    refused: 0,
  });
  await admit(mebibyte);
});

test("createJournalRoom() counts what it has let in, and measures again after ten minutes", async () => {
  const { admit, clock, countMeasures } = createSetting(10 * mebibyte);
  const outcomes = await Promise.allSettled(Array.from({ length: 15 }, () => admit(mebibyte)));
  // Nothing of it was written: the eleventh is measured anew, and finds all of it free.
  expect(outcomes[9]?.status).toBe("fulfilled");
  const before = countMeasures();
  await admit(1);
  expect(countMeasures()).toBe(before);
  await clock.advance(600_000);
  await admit(1);
  expect(countMeasures()).toBe(before + 1);
});

test("createJournalRoom() says that it is full at once, and once an hour", async () => {
  const { size, admit, told, clock, room } = createSetting(mebibyte);
  size.firm = mebibyte;
  for (let minute = 0; minute < 120; minute += 5) {
    await failureOf(admit(1));
    await room.tidy();
    await clock.advance(300_000);
  }
  expect(told).toHaveLength(2);
  size.firm = 0;
  await room.tidy();
  size.firm = mebibyte;
  await room.tidy();
  await failureOf(admit(1));
  expect(told).toHaveLength(3);
});

test("createJournalRoom() has room without end where the limit is 0", async () => {
  const { size, admit } = createSetting(0);
  size.firm = 1e15;
  await admit(1e15);
});
