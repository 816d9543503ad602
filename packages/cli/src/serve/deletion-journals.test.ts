import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultRetention, type Run } from "@pagerport/core";
import { FakeClock } from "../../../core/src/testing/fake-clock.ts";
import { openTestStore } from "../../../core/src/testing/open-test-store.ts";
import { createDeletionJournals } from "./deletion-journals.ts";

const startedAt = Date.UTC(2026, 0, 2, 3, 4, 5);

function makeRun(number: number): Run {
  const lease = { name: "run", token: "a" };
  return { number, type: "full", lease, startedAt };
}

test("createDeletionJournals() keeps a file for each run and one for live events", async () => {
  await using store = await openTestStore();
  const keeping = { store, retention: defaultRetention, clock: new FakeClock(startedAt) };
  const parent = mkdtempSync(join(tmpdir(), "pagerport-test-"));
  const folder = join(parent, "made");
  try {
    const journals = createDeletionJournals({ ...keeping, folder, startedAt });
    const live = journals.create(undefined);
    for (const number of [3, 4]) {
      const journal = journals.create(makeRun(number));
      journal.append(`{"run":${number}}`);
      await journal.flush();
    }
    // Jobs write at the same time, and each has its own on disk when its flush returns.
    const texts = await Promise.all(
      Array.from({ length: 20 }, async (_, place) => {
        live.append(`{"place":${place}}`);
        await live.flush();
        const path = join(folder, "deleted-live-20260102T030405.ndjson");
        return readFileSync(path, "utf8").includes(`{"place":${place}}\n`);
      }),
    );
    expect(texts.every(Boolean)).toBe(true);
    await journals[Symbol.asyncDispose]();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) {
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    }
    expect(readdirSync(folder).toSorted()).toEqual([
      "deleted-3.ndjson",
      "deleted-4.ndjson",
      "deleted-live-20260102T030405.ndjson",
    ]);
  } finally {
    rmSync(parent, { recursive: true });
  }
});

test("createDeletionJournals() makes no file where nothing is deleted, and fails where none can be made", async () => {
  await using store = await openTestStore();
  const keeping = { store, retention: defaultRetention, clock: new FakeClock(startedAt) };
  const folder = mkdtempSync(join(tmpdir(), "pagerport-test-"));
  try {
    const idle = createDeletionJournals({ ...keeping, folder, startedAt });
    idle.create(undefined);
    idle.create(makeRun(1));
    await idle[Symbol.asyncDispose]();
    expect(readdirSync(folder)).toEqual([]);
    const nowhere = createDeletionJournals({ ...keeping, folder: "/proc/nowhere", startedAt });
    const journal = nowhere.create(undefined);
    journal.append("{}");
    expect(journal.flush()).rejects.toThrow("/proc/nowhere");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
