import { expect, test } from "bun:test";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { failureOf } from "../testing/failure-of.ts";
import { TemporaryFolder } from "../testing/temporary-folder.ts";
import {
  formatRefused,
  openFailedFile,
  readFailedFile,
  type RefusedDelivery,
  writeFailedFile,
} from "./failed-file.ts";

function refused(
  id: string,
  fields: Partial<RefusedDelivery> = {},
  type: "service" | "incident" = "incident",
): RefusedDelivery {
  const line = JSON.stringify({ event: { event_type: type, data: { identifier: id } } });
  const kind = type === "service" ? "services" : "incidents";
  return { id, kind, line, status: 422, reason: 'bad "title"\nhere', ...fields };
}

test("readFailedFile() gives back what was written, payload byte for byte", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("output.failed.json");
  const line = JSON.stringify([{ identifier: "Q2", blueprint: "incident" }]);
  const all = [
    refused("P1", {}, "service"),
    refused("Q1", { status: 413, reason: "" }),
    refused("Q2", { isMapped: true, line }),
  ];
  await writeFailedFile(path, all);
  expect(await readFailedFile(path)).toEqual(all);
  expect(readFileSync(path, "utf8").split("\n")).toHaveLength(4);
  expect(existsSync(`${path}.next`)).toBe(false);
});

test("readFailedFile() gives numbers back as they were written", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("output.failed.json");
  const line = `[{"identifier":"Q2","properties":{"id":4907012345678901234,"version":1.10}}]`;
  await writeFailedFile(path, [refused("Q2", { isMapped: true, line })]);
  expect((await readFailedFile(path)).map((one) => one.line)).toEqual([line]);
});

test("readFailedFile() of a file that is not there is empty", async () => {
  using folder = new TemporaryFolder();
  expect(await readFailedFile(folder.file("output.failed.json"))).toEqual([]);
});

test("readFailedFile() gives an object once, as it was refused last", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("output.failed.json");
  const lines = [
    refused("Q1"),
    refused("Q2"),
    refused("Q1", { status: 400 }),
    refused("Q1", {}, "service"),
  ];
  writeFileSync(path, lines.map((line) => `${formatRefused(line)}\n`).join(""));
  const read = await readFailedFile(path);
  expect(read.map(({ kind, id, status }) => [kind, id, status])).toEqual([
    ["incidents", "Q1", 400],
    ["incidents", "Q2", 422],
    ["services", "Q1", 422],
  ]);
});

test("readFailedFile() leaves out a last line that was cut off", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("output.failed.json");
  writeFileSync(
    path,
    `${formatRefused(refused("Q1"))}\n${formatRefused(refused("Q2")).slice(0, 30)}`,
  );
  expect((await readFailedFile(path)).map(({ id }) => id)).toEqual(["Q1"]);
});

test("readFailedFile() reads a last line whose end an editor took away", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("output.failed.json");
  writeFileSync(path, `${formatRefused(refused("Q1"))}\n${formatRefused(refused("Q2"))}`);
  expect((await readFailedFile(path)).map(({ id }) => id)).toEqual(["Q1", "Q2"]);
});

test("openFailedFile() goes on behind the last whole line", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("output.failed.json");
  const umlauts = refused("Q1", { reason: "für" });
  await writeFailedFile(path, [umlauts]);
  appendFileSync(path, formatRefused(refused("Q2")).slice(0, 30));
  {
    await using file = await openFailedFile(path);
    file.append(formatRefused(refused("Q3")));
    await file.flush();
  }
  expect(await readFailedFile(path)).toEqual([umlauts, refused("Q3")]);
});

test("openFailedFile() makes the file", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("output.failed.json");
  {
    await using file = await openFailedFile(path);
    file.append(formatRefused(refused("Q1")));
    await file.flush();
  }
  expect(await readFailedFile(path)).toEqual([refused("Q1")]);
});

test("writeFailedFile() replaces what was there, and removes the file when nothing is left", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("output.failed.json");
  await writeFailedFile(path, [refused("Q1"), refused("Q2")]);
  await writeFailedFile(path, [refused("Q2")]);
  expect((await readFailedFile(path)).map(({ id }) => id)).toEqual(["Q2"]);
  await writeFailedFile(path, []);
  expect(existsSync(path)).toBe(false);
  await writeFailedFile(path, []);
});

test("readFailedFile() names a file that is not its own, or cannot be read", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("output.failed.json");
  writeFileSync(path, '{"status":422}\n');
  const foreign = await failureOf(readFailedFile(path));
  expect(foreign.name).toBe("FileError");
  expect(foreign.message).toContain(`Cannot read ${path}: a line is not what pagerport writes`);
  mkdirSync(folder.file("folder"));
  expect(await failureOf(readFailedFile(folder.file("folder")))).toMatchObject({
    name: "FileError",
  });
});
