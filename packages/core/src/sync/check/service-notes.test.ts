import { expect, test } from "bun:test";
import { readServiceNote, type ServiceNote } from "../../store/notes/service-note.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { openTestStore } from "../../testing/open-test-store.ts";
import { createServiceNotes } from "./service-notes.ts";

const note: ServiceNote = {
  owner: "host, process 7",
  resyncMinutes: 60,
  fullHours: 24,
  verifyHours: 24,
  webhook: undefined,
  paused: [],
  foreignHosts: undefined,
  budgets: [],
};

test("createServiceNotes() writes every 15 seconds, and at once what has changed", async () => {
  await using store = await openTestStore();
  const clock = new FakeClock();
  const stop = new AbortController();
  let owner = "first";
  const { run, wake } = createServiceNotes({
    sql: store.sql,
    clock,
    describe: () => ({ ...note, owner }),
    trouble: (_what, error) => {
      throw error;
    },
  });
  const read = async (): Promise<string | undefined> => {
    await clock.settle();
    return (await readServiceNote(store.sql))?.owner;
  };
  const running = run(stop.signal);
  expect(await read()).toBe("first");
  owner = "second";
  await clock.advance(14_000);
  expect(await read()).toBe("first");
  await clock.advance(1000);
  expect(await read()).toBe("second");
  owner = "third";
  wake();
  expect(await read()).toBe("third");
  stop.abort();
  await running;
});

test("createServiceNotes() goes on where the store does not answer for a while", async () => {
  const store = await openTestStore();
  const clock = new FakeClock();
  const stop = new AbortController();
  const troubles: string[] = [];
  const { run } = createServiceNotes({
    sql: store.sql,
    clock,
    describe: () => note,
    trouble: (what) => troubles.push(what),
  });
  await store[Symbol.asyncDispose]();
  const running = run(stop.signal);
  await clock.advance(31_000);
  expect(troubles.length).toBeGreaterThan(1);
  stop.abort();
  await running;
});
