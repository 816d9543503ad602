import { expect, test } from "bun:test";
import { readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { FakeClock } from "../../testing/fake-clock.ts";
import { TemporaryFolder } from "../../testing/temporary-folder.ts";
import { defaultRetention } from "../../retention.ts";
import { createFileShelf } from "./file-shelf.ts";

const day = 86_400_000;

/** A folder with files of some ages, in days by the clock. */
function fill(
  folder: TemporaryFolder,
  clock: FakeClock,
  files: Readonly<Record<string, { readonly age: number; readonly text?: string }>>,
): void {
  for (const [name, { age, text = "{}\n" }] of Object.entries(files)) {
    writeFileSync(folder.file(name), text, { mode: 0o644 });
    const at = (clock.now() - age * day) / 1000;
    utimesSync(folder.file(name), at, at);
  }
}

const oncall = '{"blueprint":"oncall","identifier":"a"}\n';
const service = '{"blueprint":"service","identifier":"a"}\n';

test("createFileShelf() removes on-calls after 7 days, all else after 90, and nothing of others", async () => {
  using folder = new TemporaryFolder();
  const clock = new FakeClock();
  fill(folder, clock, {
    "deleted-1.ndjson": { age: 91 },
    "deleted-2.ndjson": { age: 89 },
    "deleted-2-2.ndjson": { age: 91 },
    "deleted-3-rotating.ndjson": { age: 8 },
    "deleted-4-rotating-2.ndjson": { age: 6 },
    "deleted-live-20260101T000000.ndjson": { age: 91 },
    "deleted-live-20260101T000000-rotating.ndjson": { age: 8 },
    "deleted-mine.ndjson": { age: 999 },
    "my-deleted-1.ndjson": { age: 999 },
    "deleted-1.ndjson.gz": { age: 999 },
    elsewhere: { age: 999 },
  });
  symlinkSync(folder.file("elsewhere"), folder.file("deleted-9.ndjson"));
  const shelf = createFileShelf({ folder: folder.path, retention: defaultRetention, clock });
  await shelf.prune();
  expect(readdirSync(folder.path).toSorted()).toEqual([
    "deleted-1.ndjson.gz",
    "deleted-2.ndjson",
    "deleted-4-rotating-2.ndjson",
    "deleted-9.ndjson",
    "deleted-mine.ndjson",
    "elsewhere",
    "my-deleted-1.ndjson",
  ]);
});

test("createFileShelf() takes from others what they may do with the files, and leaves theirs alone", async () => {
  using folder = new TemporaryFolder();
  const clock = new FakeClock();
  fill(folder, clock, { "deleted-1.ndjson": { age: 1 }, other: { age: 1 } });
  const shelf = createFileShelf({ folder: folder.path, retention: defaultRetention, clock });
  await shelf.measure();
  expect(statSync(folder.file("deleted-1.ndjson")).mode & 0o777).toBe(0o600);
  expect(statSync(folder.file("other")).mode & 0o777).toBe(0o644);
});

test("createFileShelf() drops on-calls alone for room, the oldest first, and none that is being written", async () => {
  using folder = new TemporaryFolder();
  const clock = new FakeClock();
  fill(folder, clock, {
    "deleted-1.ndjson": { age: 80, text: service },
    "deleted-2-rotating.ndjson": { age: 3, text: oncall },
    "deleted-3-rotating.ndjson": { age: 2, text: oncall },
    "deleted-4-rotating.ndjson": { age: 0.9, text: oncall },
  });
  const shelf = createFileShelf({ folder: folder.path, retention: defaultRetention, clock });
  const rotates = (blueprint: string): boolean => blueprint === "oncall";
  expect(await shelf.measure()).toEqual({ firm: service.length, rotating: 3 * oncall.length });
  await shelf.drop(1, rotates);
  expect(await shelf.measure()).toEqual({ firm: service.length, rotating: 2 * oncall.length });
  await shelf.drop(1e9, rotates);
  expect(readdirSync(folder.path).toSorted()).toEqual([
    "deleted-1.ndjson",
    "deleted-4-rotating.ndjson",
  ]);
});

test("createFileShelf() drops files of earlier versions for room where all in them are on-calls of last week", async () => {
  using folder = new TemporaryFolder();
  const clock = new FakeClock();
  fill(folder, clock, {
    "deleted-1.ndjson": { age: 80, text: oncall + oncall },
    "deleted-2.ndjson": { age: 80, text: oncall + service },
    "deleted-3.ndjson": { age: 80, text: `${oncall}not JSON\n` },
    "deleted-4.ndjson": { age: 6, text: oncall },
  });
  const shelf = createFileShelf({ folder: folder.path, retention: defaultRetention, clock });
  await shelf.drop(1e9, (blueprint) => blueprint === "oncall");
  expect(readdirSync(folder.path).toSorted()).toEqual([
    "deleted-2.ndjson",
    "deleted-3.ndjson",
    "deleted-4.ndjson",
  ]);
});

test("createFileShelf() is empty where its folder is not there", async () => {
  const clock = new FakeClock();
  const shelf = createFileShelf({ folder: "/proc/nowhere", retention: defaultRetention, clock });
  await shelf.prune();
  expect(await shelf.measure()).toEqual({ firm: 0, rotating: 0 });
});
