/**
 * `bun run test`: runs every test and ends with one line, `N passed, N failed`.
 * `--long` is the same tests in the sizes that the reliability figures come from.
 * Other arguments go to `bun test` (a file, `-t name`).
 *
 * Many tests wait: for rate limits, for processes, for other runtimes. So groups of files run at the same
 * time, each in a process of its own, a few more than there are cores: of many more, each would wait for
 * the others until its time is over. What a group prints is shown when it has ended.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { Glob } from "bun";

const root = `${import.meta.dir}/..`;
const long = process.argv.includes("--long");
const rest = process.argv.slice(2).filter((argument) => argument !== "--long");

/** What ends a test that hangs: far more than any takes, on a machine with other work to do as well. */
const timeoutMilliseconds = long ? 1_800_000 : 120_000;

/** Groups that run at the same time. */
const atOnce = availableParallelism() + 2;

/** Folders whose tests are a group, the longest first; all others are one more. */
const groups = [
  ["test/runtimes/"],
  ["test/import/"],
  ["test/sync/"],
  ["packages/core/src/"],
  ["test/serve/", "test/plugin/"],
  ["test/deletion/"],
  ["test/live/", "test/webhook/", "test/faults/"],
];

interface Result {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

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
  const left = listGroups();
  const ended: Result[] = [];
  const work = async (): Promise<void> => {
    for (let group = left.shift(); group !== undefined; group = left.shift()) {
      ended.push(await runTests(group, "pipe"));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return ended;
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
