import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { FileError } from "../errors.ts";
import { failureOf } from "../testing/failure-of.ts";
import { TemporaryFolder } from "../testing/temporary-folder.ts";
import { createJournalFile } from "./journal-file.ts";

test("createJournalFile() makes no file where nothing was appended", async () => {
  using folder = new TemporaryFolder();
  await using journal = createJournalFile({ folder: folder.path, run: 7 });
  await journal.flush();
  expect(journal.path).toBeUndefined();
  expect(readdirSync(folder.path)).toEqual([]);
});

test("createJournalFile() has every flushed line on disk, readable by its owner only", async () => {
  using folder = new TemporaryFolder();
  await using journal = createJournalFile({ folder: folder.path, run: 7 });
  journal.append('{"identifier":"a"}');
  expect(readdirSync(folder.path)).toEqual([]);
  await journal.flush();
  journal.append('{"identifier":"é"}');
  await journal.flush();
  await journal.flush();
  expect(journal).toMatchObject({ path: folder.file("deleted-7.ndjson"), entities: 2 });
  const path = folder.file("deleted-7.ndjson");
  expect(readFileSync(path, "utf8")).toBe('{"identifier":"a"}\n{"identifier":"é"}\n');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("createJournalFile() never writes into the file of another run", async () => {
  using folder = new TemporaryFolder();
  for (const name of ["deleted-1.ndjson", "deleted-1-2.ndjson"]) {
    writeFileSync(folder.file(name), "kept\n");
  }
  await using journal = createJournalFile({ folder: folder.path, run: 1 });
  journal.append("{}");
  await journal.flush();
  expect(journal.path).toBe(folder.file("deleted-1-3.ndjson"));
  expect(readFileSync(folder.file("deleted-1.ndjson"), "utf8")).toBe("kept\n");

  await using chosen = createJournalFile({ path: folder.file("deleted-1.ndjson") });
  chosen.append("{}");
  const failure = await failureOf(chosen.flush());
  expect(failure).toBeInstanceOf(FileError);
  expect(String(failure)).toContain(`${folder.file("deleted-1.ndjson")}: it exists`);
});

test.each(["a file", "missing"])(
  "createJournalFile() names the path where the folder is %s",
  async (what) => {
    using folder = new TemporaryFolder();
    const inner = folder.file("state");
    if (what === "a file") writeFileSync(inner, "");
    await using journal = createJournalFile({ folder: inner, run: 1 });
    journal.append('{"identifier":"a"}');
    const failure = await failureOf(journal.flush());
    expect(failure).toBeInstanceOf(FileError);
    expect(failure).toMatchObject({ path: folder.file("state/deleted-1.ndjson") });
    if (what === "a file") return;
    // Mended, nothing that was appended is lost.
    mkdirSync(inner);
    await journal.flush();
    expect(readFileSync(folder.file("state/deleted-1.ndjson"), "utf8")).toContain('"a"');
    expect(existsSync(folder.file("state/deleted-1-2.ndjson"))).toBe(false);
  },
);
