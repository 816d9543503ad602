import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { ConfigError, FileError } from "../errors.ts";
import { TemporaryFolder } from "../testing/temporary-folder.ts";
import { type ImportRun, ImportState, type SentObject } from "./import-state.ts";

const fingerprint = {
  apiUrl: "https://api.pagerduty.com",
  portUrl: "digest",
  kinds: "services,incidents",
  since: "",
  until: "",
};

function createRun(fields: Partial<ImportRun> = {}): ImportRun {
  return {
    number: 1,
    phase: "incidents",
    since: 1000,
    until: 90_000,
    position: 5000,
    expected: 12,
    outputLength: 345,
    refusedLength: 67,
    counts: {
      services: { fetched: 2, delivered: 2, failed: 0 },
      incidents: { fetched: 5, delivered: 4, failed: 1 },
    },
    problems: ["something"],
    ...fields,
  };
}

function incident(id: string, created: number, fields: Partial<SentObject> = {}): SentObject {
  return { kind: "incidents", id, created, isOpen: false, digest: "", ...fields };
}

function failureOf(open: () => unknown): Error {
  try {
    open();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("It did not fail");
}

test("ImportState gives back what was saved, after it was closed", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("output.json.progress");
  {
    using state = ImportState.open(path, 1);
    expect([state.fingerprint, state.run, state.account]).toEqual([undefined, undefined, []]);
    state.begin(fingerprint);
    state.account = [{ kind: "services", id: "P1" }];
    state.save(createRun({ readAgainFrom: 7 }), [incident("Q1", 5000)], 0);
  }
  using state = ImportState.open(path, 2);
  expect(state.fingerprint).toEqual(fingerprint);
  expect(state.run).toEqual(createRun({ readAgainFrom: 7 }));
  expect(state.account).toEqual([{ kind: "services", id: "P1" }]);
  expect([...state.sentIncidentsSince(0)]).toEqual(["Q1"]);
});

test("save() remembers services, open incidents and those created since a moment", () => {
  using state = ImportState.open(":memory:", 1);
  state.begin(fingerprint);
  const service: SentObject = { kind: "services", id: "P1", created: 0, isOpen: false, digest: "" };
  const sent = [
    service,
    incident("QOLD", 1000),
    incident("QOPEN", 1000, { isOpen: true, digest: "d" }),
    incident("QNEW", 5000),
  ];
  state.save(createRun(), sent, 5000);
  expect([...state.sentServices()]).toEqual(["P1"]);
  expect([...state.sentIncidentsSince(0)].toSorted()).toEqual(["QNEW", "QOPEN"]);
  expect([...state.sentIncidentsSince(5000)]).toEqual(["QNEW"]);
});

test("openIncidentsBefore() gives those of earlier runs, oldest first", () => {
  using state = ImportState.open(":memory:", 1);
  state.begin(fingerprint);
  const open = { isOpen: true, digest: "d" };
  state.save(createRun(), [incident("Q2", 2000, open), incident("Q1", 1000, open)], 0);
  state.save(createRun({ number: 2 }), [incident("Q3", 500, open)], 0);
  expect(state.openIncidentsBefore(1)).toEqual([]);
  expect(state.openIncidentsBefore(2).map(({ id }) => id)).toEqual(["Q1", "Q2"]);
  expect(state.openIncidentsBefore(3).map(({ id }) => id)).toEqual(["Q3", "Q1", "Q2"]);
  // Sent again in the second run, as resolved.
  state.save(createRun({ number: 2 }), [incident("Q1", 1000)], 0);
  expect(state.openIncidentsBefore(2).map(({ id }) => id)).toEqual(["Q2"]);
});

test("begin() forgets an earlier import", () => {
  using state = ImportState.open(":memory:", 1);
  state.begin(fingerprint);
  state.account = [{ kind: "services", id: "P1" }];
  state.save(createRun(), [incident("Q1", 1)], 0);
  state.begin({ ...fingerprint, since: "2024-01-01" });
  expect([state.run, state.account, state.sentIncidentsSince(0).size]).toEqual([undefined, [], 0]);
  expect(state.fingerprint?.since).toBe("2024-01-01");
});

test("open() refuses a file that is no progress file", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("output.json.progress");
  writeFileSync(
    path,
    "something else, but not SQLite, and long enough to be seen as such\n".repeat(20),
  );
  const error = failureOf(() => ImportState.open(path, 1));
  expect(error).toBeInstanceOf(FileError);
  expect(error.message).toContain(path);
  expect(error.message).toContain("move it away, and use --fresh");
  mkdirSync(folder.file("folder"));
  expect(failureOf(() => ImportState.open(folder.file("folder"), 1))).toBeInstanceOf(FileError);
});

test("open() refuses a file of a later layout, and leaves it to others", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("output.json.progress");
  {
    using state = ImportState.open(path, 1);
    state.begin(fingerprint);
  }
  {
    const database = new DatabaseSync(path);
    database.exec("UPDATE meta SET value = '2' WHERE key = 'layout'");
    database.close();
  }
  for (let turn = 0; turn < 2; turn += 1) {
    expect(failureOf(() => ImportState.open(path, 1)).message).toContain(
      "(layout 2, this one knows 1)",
    );
  }
});

test("open() names the process that has the file, until that process ends", async () => {
  using folder = new TemporaryFolder();
  const path = folder.file("output.json.progress");
  const script = `
    import { ImportState } from ${JSON.stringify(`${import.meta.dir}/import-state.ts`)};
    const state = ImportState.open(${JSON.stringify(path)}, process.pid);
    state.begin(${JSON.stringify(fingerprint)});
    state.save(${JSON.stringify(createRun())}, [], 0);
    console.log("open");
    process.stdin.resume();
  `;
  const holder = Bun.spawn([process.execPath, "-e", script], { stdin: "pipe", stdout: "pipe" });
  await holder.stdout.getReader().read();

  const error = failureOf(() => ImportState.open(path, process.pid));
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.message).toContain(`process ${holder.pid} holds ${path}`);

  holder.kill("SIGKILL");
  await holder.exited;
  using state = ImportState.open(path, process.pid);
  expect(state.run).toEqual(createRun());
});

test("save() on a full disk says so, and the next one may succeed", () => {
  using folder = new TemporaryFolder();
  const path = folder.file("output.json.progress");
  const script = `
    import { ImportState } from "${import.meta.dir}/import-state.ts";
    const state = ImportState.open(${JSON.stringify(path)}, 1);
    const digest = "x".repeat(100);
    const sent = Array.from({ length: 5000 }, (_, place) => (
      { kind: "incidents", id: "Q" + place, created: 5, isOpen: true, digest }
    ));
    const run = ${JSON.stringify(createRun())};
    try { state.save(run, sent, 0); } catch (error) { console.log(error.name + ": " + error.message); }
    state.save(run, sent.slice(0, 2), 0);
    console.log(state.openIncidentsBefore(2).length);`;
  // No file may grow beyond 100 blocks of 512 bytes.
  const child = Bun.spawnSync([
    "sh",
    "-c",
    'ulimit -f 100; exec "$0" -e "$1"',
    process.execPath,
    script,
  ]);
  const [told, kept] = child.stdout.toString().split("\n");
  expect(told).toStartWith(`FileError: Cannot use ${path} for the progress of the import: `);
  expect(told).not.toContain("rollback");
  expect(kept).toBe("2");
});
