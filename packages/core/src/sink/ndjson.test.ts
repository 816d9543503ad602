import { expect, spyOn, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import * as fc from "fast-check";
import { FileError } from "../errors.ts";
import { failureOf } from "../testing/failure-of.ts";
import { TemporaryFolder } from "../testing/temporary-folder.ts";
import { caseCount } from "../testing/test-size.ts";
import { NdjsonFile } from "./ndjson.ts";

const read = (path: string): string => readFileSync(path, "utf8");

test("NdjsonFile writes nothing before it is flushed, and tells its length in bytes", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("output.json");
  await using file = await NdjsonFile.open(path, 0);
  file.append('{"a":"ü"}');
  expect([read(path), file.length]).toEqual(["", 0]);
  await file.flush();
  expect([read(path), file.length]).toEqual(['{"a":"ü"}\n', 11]);
  await file.flush();
  expect(file.length).toBe(11);
});

test("open() cuts the file back to a length and goes on from there", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("output.json");
  writeFileSync(path, "one\ntwo\nhalf a li");
  await using file = await NdjsonFile.open(path, 4);
  expect(read(path)).toBe("one\n");
  file.append("three");
  await file.flush();
  expect([read(path), file.length]).toEqual(["one\nthree\n", 10]);
});

test("open() with length 0 empties the file", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("output.json");
  writeFileSync(path, "old\n");
  await using file = await NdjsonFile.open(path, 0);
  expect([read(path), file.length]).toEqual(["", 0]);
});

test.each([
  ["is shorter than what was written", "one\n", "it holds 4 bytes, but 5 were written"],
  ["is gone", undefined, "Cannot write"],
])("open() refuses a file that %s", async (_what, text, told) => {
  using folder = new TemporaryFolder();
  const path = folder.file("output.json");
  if (text !== undefined) writeFileSync(path, text);
  const error = await failureOf(NdjsonFile.open(path, 5));
  expect(error).toBeInstanceOf(FileError);
  expect(error.message).toContain(told);
  expect(error.message).toContain(path);
});

test("open() of what cannot be written names it", async () => {
  using folder = new TemporaryFolder();
  const error = await failureOf(NdjsonFile.open(folder.path, 0));
  expect(error).toMatchObject({ name: "FileError", path: folder.path });
});

test("append() while a flush waits for the disk loses no line", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("append", "flush", "wait"), { maxLength: 40 }),
      async (steps) => {
        using folder = new TemporaryFolder();
        const path = folder.file("output.json");
        const lines: string[] = [];
        {
          await using file = await NdjsonFile.open(path, 0);
          let flushing: Promise<void> = Promise.resolve();
          for (const step of steps) {
            if (step === "append") {
              lines.push(`{"line":${lines.length}}`);
              file.append(lines.at(-1) ?? "");
            } else if (step === "flush") {
              await flushing;
              flushing = file.flush();
            } else {
              await flushing;
            }
          }
          await flushing;
          await file.flush();
          expect(file.length).toBe(read(path).length);
        }
        expect(read(path)).toBe(lines.map((line) => `${line}\n`).join(""));
      },
    ),
    { numRuns: caseCount(50) },
  );
});

test("flush() that fails keeps its lines for the next one", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("output.json");
  await using file = await NdjsonFile.open(path, 0);
  file.append("one");
  await file.flush();

  const handle = await open(folder.file("other"), "w");
  const full = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  const datasync = spyOn(Object.getPrototypeOf(handle), "datasync").mockRejectedValueOnce(full);
  await handle.close();
  file.append("two");
  const flushing = failureOf(file.flush());
  file.append("three");
  const error = await flushing;
  datasync.mockRestore();
  expect(error).toBeInstanceOf(FileError);
  expect(error.message).toContain("ENOSPC");
  expect(error.message).toContain("Its first 4 bytes are safe");
  expect(file.length).toBe(4);

  await file.flush();
  expect(read(path)).toBe("one\ntwo\nthree\n");
});
