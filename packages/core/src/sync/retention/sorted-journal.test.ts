import { expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync, utimesSync } from "node:fs";
import { FakeClock } from "../../testing/fake-clock.ts";
import { TemporaryFolder } from "../../testing/temporary-folder.ts";
import { defaultRetention } from "../../retention.ts";
import { createFileShelf } from "./file-shelf.ts";
import { nameRotating, parseJournalName } from "./journal-names.ts";
import { openJournalFiles } from "./open-journal-files.ts";
import { createSortedJournal } from "./sorted-journal.ts";

const hour = 3_600_000;

function line(blueprint: string, identifier: string): string {
  return JSON.stringify({ blueprint, identifier });
}

test("createSortedJournal() keeps what rotates by itself, for its owner only, and makes no file for nothing", async () => {
  using folder = new TemporaryFolder();
  const clock = new FakeClock();
  await using journal = createSortedJournal({ folder: folder.path, run: 7, clock });
  await journal.flush();
  expect(readdirSync(folder.path)).toEqual([]);
  journal.append(line("oncall", "a"), true);
  await journal.flush();
  expect(journal.paths).toEqual([folder.file("deleted-7-rotating.ndjson")]);
  journal.append(line("service", "s"));
  await journal.flush();
  expect(journal.paths).toEqual(
    ["deleted-7.ndjson", "deleted-7-rotating.ndjson"].map((name) => folder.file(name)),
  );
  expect(journal.entities).toBe(2);
  for (const path of journal.paths) expect(statSync(path).mode & 0o777).toBe(0o600);
  // Both are one journal.
  await using reader = await openJournalFiles(journal.paths);
  const read = await Promise.all(reader.entities.map((one) => reader.read(one)));
  expect(read.map(({ identifier }) => identifier)).toEqual(["s", "a"]);
});

test("createSortedJournal() begins another file after half a day, so that none is removed that is written", async () => {
  using folder = new TemporaryFolder();
  const clock = new FakeClock();
  const shelf = createFileShelf({ folder: folder.path, retention: defaultRetention, clock });
  await using journal = createSortedJournal({
    folder: folder.path,
    run: "live-20260101T000000",
    clock,
  });
  const written: string[] = [];
  // A server of 30 days, with an on-call every five hours.
  for (let step = 0; step < 144; step += 1) {
    journal.append(line("oncall", String(step)), true);
    await journal.flush();
    const [path = ""] = journal.paths;
    expect(readFileSync(path, "utf8")).toEndWith(`${line("oncall", String(step))}\n`);
    utimesSync(path, clock.now() / 1000, clock.now() / 1000);
    written.push(path);
    await shelf.prune();
    await shelf.drop(1, () => true);
    expect(readFileSync(path, "utf8")).toEndWith(`${line("oncall", String(step))}\n`);
    await clock.advance(5 * hour);
  }
  // Three lines to a file: at 0, 5 and 10 hours.
  const begun = written.filter((path, step) => path !== written[step - 1]);
  expect(begun).toHaveLength(48);
});

test.each([
  ["deleted-7.ndjson", { run: 7, rotates: false }, "deleted-7-rotating.ndjson"],
  ["deleted-7-2.ndjson", { run: 7, rotates: false }, "deleted-7-rotating-2.ndjson"],
  ["deleted-7-rotating-2.ndjson", { run: 7, rotates: true }, undefined],
  [
    "deleted-live-20260101T000000.ndjson",
    { run: "live", rotates: false },
    "deleted-live-20260101T000000-rotating.ndjson",
  ],
  ["deleted.ndjson", undefined, undefined],
  ["deleted-7.ndjson.tmp", undefined, undefined],
] as const)("parseJournalName() and nameRotating() know %s", (name, parsed, rotating) => {
  expect(parseJournalName(name)).toEqual(parsed);
  expect(nameRotating(name)).toBe(rotating);
});
