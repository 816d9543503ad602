/**
 * `bun run test`: runs every test and ends with one line, `N passed, N failed`.
 * `--long` is the same tests in the sizes that the reliability figures come from.
 * Other arguments go to `bun test` (a file, `-t name`).
 *
 * Many tests wait: for rate limits, for processes, for other runtimes. So several groups of files run at
 * the same time, each in a process of its own; what a group prints is shown when it has ended.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Glob } from "bun";

const root = `${import.meta.dir}/..`;
const long = process.argv.includes("--long");
const rest = process.argv.slice(2).filter((argument) => argument !== "--long");

/** Long tests kill and restart processes for minutes; short ones stay far below this. */
const timeoutMilliseconds = long ? 1_800_000 : 60_000;

/** Folders whose tests are a group; all others are one more. Each takes about as long as the others. */
const groups = [
  ["test/import/"],
  ["test/runtimes/"],
  ["test/sync/", "test/webhook/", "test/live/"],
  ["test/plugin/", "test/serve/", "test/faults/", "test/contract/", "test/golden/"],
];

interface Result {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Runs after the others: it lives accounts for weeks, and would slow down tests that wait for processes. */
const alone = "test/deletion/";

/** What Node and Deno have compiled: hundreds of their processes run the same files. */
const compiled = mkdtempSync(join(tmpdir(), "pagerport-compiled-"));
process.on("exit", () => rmSync(compiled, { recursive: true, force: true }));

const results = rest.length > 0 ? [await runTests(rest, "inherit")] : await runAll();
const sum = (name: keyof Result): number =>
  results.reduce((total, result) => total + result[name], 0);
const skipped = sum("skipped");
process.stdout.write(
  `${sum("passed")} passed, ${sum("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
);
process.exit(sum("failed") === 0 ? 0 : 1);

async function runAll(): Promise<Result[]> {
  const all = listGroups();
  const isAlone = (file: string): boolean => file.startsWith(`./${alone}`);
  const together = all.map((group) => group.filter((file) => !isAlone(file)));
  const first = await Promise.all(together.map(runGroup));
  // Two at a time, as there are hardly more cores than that anywhere.
  const last = all.flat().filter(isAlone);
  const halves = [last.filter((_, place) => place % 2 === 0), last.filter((_, place) => place % 2)];
  return [...first, ...(await Promise.all(halves.map(runGroup)))];
}

function listGroups(): string[][] {
  const patterns = ["packages/*/src/**/*.test.ts", "test/**/*.test.ts"];
  const files = patterns
    .flatMap((pattern) => Array.from(new Glob(pattern).scanSync(root)))
    .toSorted();
  const listed = groups.map((folders) =>
    files.filter((file) => folders.some((folder) => file.startsWith(folder))),
  );
  const others = files.filter((file) => !listed.flat().includes(file));
  return [...listed, others].map((group) => group.map((file) => `./${file}`));
}

async function runGroup(files: readonly string[]): Promise<Result> {
  return runTests(files, "pipe");
}

async function runTests(args: readonly string[], output: "inherit" | "pipe"): Promise<Result> {
  const child = Bun.spawn(["bun", "test", `--timeout=${timeoutMilliseconds}`, ...args], {
    cwd: root,
    env: {
      ...process.env,
      PAGERPORT_TEST_SIZE: long ? "long" : "short",
      NODE_COMPILE_CACHE: join(compiled, "node"),
      DENO_DIR: join(compiled, "deno"),
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
  };
}
