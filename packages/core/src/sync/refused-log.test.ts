import { expect, test } from "bun:test";
import { existsSync, mkdirSync, rmdirSync } from "node:fs";
import { failureOf } from "../testing/failure-of.ts";
import { TemporaryFolder } from "../testing/temporary-folder.ts";
import { readFailedFile, type RefusedDelivery } from "./failed-file.ts";
import { RefusedLog } from "./refused-log.ts";

function refused(id: string): RefusedDelivery {
  return { kind: "incidents", id, line: "[]", status: 422, reason: "bad", isMapped: true };
}

async function idsIn(path: string): Promise<string[]> {
  return (await readFailedFile(path)).map(({ id }) => id);
}

test("RefusedLog.flush() puts what was added on disk, and makes no file for nothing", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("failed.json");
  await using log = new RefusedLog(path);
  await log.flush();
  expect(existsSync(path)).toBe(false);
  for (const id of ["Q1", "Q2"]) log.add(refused(id));
  await log.flush();
  log.add(refused("Q3"));
  expect(await idsIn(path)).toEqual(["Q1", "Q2"]);
  await log.flush();
  expect(await idsIn(path)).toEqual(["Q1", "Q2", "Q3"]);
});

test("RefusedLog.flush() that failed is made up for by the next", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("failed.json");
  await using log = new RefusedLog(path);
  mkdirSync(path);
  log.add(refused("Q1"));
  await failureOf(log.flush());
  rmdirSync(path);
  log.add(refused("Q2"));
  await log.flush();
  expect(await idsIn(path)).toEqual(["Q1", "Q2"]);
});

test("RefusedLog.forget() takes objects out, those included that were just added", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("failed.json");
  await using log = new RefusedLog(path);
  for (const id of ["Q1", "Q2", "Q3"]) log.add(refused(id));
  expect(await log.forget(new Set(["incidents/Q2", "incidents/Q3", "incidents/Q9"]))).toBe(2);
  expect(await idsIn(path)).toEqual(["Q1"]);
  log.add(refused("Q4"));
  await log.flush();
  expect(await idsIn(path)).toEqual(["Q1", "Q4"]);
  expect(await log.forget(new Set(["incidents/Q1", "incidents/Q4"]))).toBe(2);
  expect(existsSync(path)).toBe(false);
});

test("RefusedLog keeps nothing where it has no file", async () => {
  await using log = new RefusedLog(undefined);
  log.add(refused("Q1"));
  await log.flush();
  expect(await log.forget(new Set(["incidents/Q1"]))).toBe(0);
});
