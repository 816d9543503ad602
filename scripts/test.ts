/**
 * `bun run test`: runs every test and ends with one line, `N passed, N failed`.
 * `--long` is the same tests in the sizes that the reliability figures come from.
 * Other arguments go to `bun test` (a file, `-t name`).
 *
 * Many tests wait: for rate limits, for processes, for other runtimes. So groups of files run at the same
 * time, each in a process of its own, a few more than there are cores: of many more, each would wait for
 * the others until its time is over. What a group prints is shown when it has ended, and what failed once
 * more before the last line: of four thousand tests' output, a log often keeps the end alone.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { Glob } from "bun";
import { listFailures } from "./list-failures.ts";

const root = `${import.meta.dir}/..`;
const long = process.argv.includes("--long");
const rest = process.argv.slice(2).filter((argument) => argument !== "--long");

/** What ends a test that hangs: far more than any takes, on a machine with other work to do as well. */
const timeoutMilliseconds = long ? 1_800_000 : 120_000;

/** Files of a group of slow ones: with more of them a long group would run alone at the end. */
const mostFiles = 6;

/** Groups that run at the same time. */
const atOnce = availableParallelism() + 2;

/** Folders whose tests take long, the longest first: a few of their files are a group. */
const folders = [
  "test/runtimes/",
  "test/import/",
  "test/faults/",
  "test/plans/",
  "test/serve/",
  "test/deletion/",
  "test/ownership/",
  "test/plugin/",
  "test/sync/",
  "test/shadow/",
  "test/keys/",
  "test/live/",
];

interface Result {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What each failed test printed, its name last. */
  readonly failures: readonly string[];
}

/** What Node and Deno have compiled: hundreds of their processes run the same files. */
const compiled = mkdtempSync(join(tmpdir(), "pagerport-compiled-"));
process.on("exit", () => rmSync(compiled, { recursive: true, force: true }));

const results = rest.length > 0 ? [await runTests(rest, "inherit")] : await runAll();
const sum = (name: "passed" | "failed" | "skipped"): number =>
  results.reduce((total, result) => total + result[name], 0);
const skipped = sum("skipped");
const failures = results.flatMap((result) => result.failures);
if (failures.length > 0) {
  process.stderr.write(`\nWhat failed:\n\n${failures.join("\n\n")}\n\n`);
}
process.stdout.write(
  `${sum("passed")} passed, ${sum("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
);
process.exit(sum("failed") === 0 ? 0 : 1);

async function runAll(): Promise<Result[]> {
  const postgres = await startPostgres();
  const left = listGroups();
  const ended: Result[] = [];
  const work = async (): Promise<void> => {
    for (let group = left.shift(); group !== undefined; group = left.shift()) {
      ended.push(await runTests(group, "pipe", { PAGERPORT_TEST_POSTGRES: postgres.address }));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  await postgres.stop();
  return ended;
}

/** One server for all groups; each test has a database of its own in it. */
async function startPostgres(): Promise<{ address: string; stop(): Promise<unknown> }> {
  const script = "packages/core/src/testing/postgres-server.ts";
  const child = Bun.spawn([process.execPath, script], {
    cwd: root,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  if (value === undefined) throw new Error("PostgreSQL did not start, see above");
  return {
    address: new TextDecoder().decode(value).trim(),
    async stop() {
      await child.stdin.end();
      return child.exited;
    },
  };
}

function listGroups(): string[][] {
  const patterns = ["packages/*/src/**/*.test.ts", "test/**/*.test.ts"];
  const files = patterns
    .flatMap((pattern) => Array.from(new Glob(pattern).scanSync(root)))
    .toSorted();
  const slow = folders.map((folder) => files.filter((file) => file.startsWith(folder)));
  const others = files.filter((file) => !slow.flat().includes(file));
  // Hundreds of small files, which would wait longer for processes of their own than they take.
  const core = others.filter((file) => file.startsWith("packages/core/"));
  const small = others.filter((file) => !core.includes(file));
  return [core, ...slow.flatMap(splitGroup), small].map((group) =>
    group.map((file) => `./${file}`),
  );
}

function splitGroup(files: readonly string[]): string[][] {
  const count = Math.ceil(files.length / mostFiles);
  return Array.from({ length: count }, (_, place) =>
    files.slice(place * mostFiles, (place + 1) * mostFiles),
  );
}

async function runTests(
  args: readonly string[],
  output: "inherit" | "pipe",
  environment: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const child = Bun.spawn(["bun", "test", `--timeout=${timeoutMilliseconds}`, ...args], {
    cwd: root,
    env: {
      ...process.env,
      PAGERPORT_TEST_SIZE: long ? "long" : "short",
      NODE_COMPILE_CACHE: join(compiled, "node"),
      DENO_DIR: join(compiled, "deno"),
      ...environment,
    },
    stdout: "inherit",
    stderr: "pipe",
  });
  let text = "";
  for await (const chunk of child.stderr) {
    if (output === "inherit") process.stderr.write(chunk);
    text += new TextDecoder().decode(chunk);
  }
  const code = await child.exited;
  if (output === "pipe") process.stderr.write(text);
  const tail = text.slice(-4096);
  const count = (word: string): number =>
    Number(new RegExp(`^\\s*(\\d+) ${word}$`, "m").exec(tail)?.[1] ?? 0);
  return {
    passed: count("pass"),
    // A crash of the runner itself counts as a failure even where every test that ran has passed.
    failed: Math.max(count("fail"), code === 0 ? 0 : 1),
    skipped: count("skip") + count("todo"),
    failures: output === "pipe" ? listFailures(text) : [],
  };
}
