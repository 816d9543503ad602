/**
 * `bun run bench start`: how long the built command line takes to say its version and what it can do, as
 * whole processes, by runtime; and what the runtime itself takes of that, for a file that does nothing.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runtimes } from "../test/support/runtimes.ts";
import { buildExecutable, executablePath } from "./build-executable.ts";

const roundCount = 15;
/** Milliseconds; what is aimed at for `--version` and `--help`. */
const aims: Readonly<Record<string, number>> = { Bun: 150, "Node 22": 250, "Node 24": 250 };

const questions = [["--version"], ["--help"], ["sync", "--help"]] as const;

interface Figures {
  /** Milliseconds. */
  readonly wall: number;
  /** Milliseconds of user and system time. */
  readonly cpu: number;
}

/** Prints a table of runtimes and questions. */
export async function runBench(): Promise<void> {
  const root = join(import.meta.dir, "..");
  const built = Bun.spawnSync(["bun", "run", "--silent", "build"], { cwd: root });
  if (built.exitCode !== 0) throw new Error(built.stderr.toString());
  await buildExecutable();
  const folder = await mkdtemp(join(tmpdir(), "bench-start-"));
  try {
    const entry = await installBuilt(root, folder);
    const empty = join(folder, "empty.js");
    await Bun.write(empty, "");
    print(["runtime", "question", "wall ms (median)", "cpu ms", "of that the runtime", "aim"]);
    const ways = [
      ...Object.entries(runtimes).map(([name, command]) => ({ name, command, file: entry })),
      { name: "executable", command: [executablePath], file: undefined },
    ];
    for (const { name, command, file } of ways) {
      const nothing = file === undefined ? undefined : measure([...command, empty]);
      for (const question of questions) {
        const { wall, cpu } = measure([
          ...command,
          ...(file === undefined ? [] : [file]),
          ...question,
        ]);
        const shares = [wall, cpu, nothing?.wall ?? 0].map((value) => value.toFixed(0));
        print([name, question.join(" "), ...shares, String(aims[name] ?? "")]);
      }
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The built packages beside what they depend on, as npm would lay them. @returns the entry */
async function installBuilt(root: string, folder: string): Promise<string> {
  const manifest = {
    private: true,
    dependencies: {
      "@pagerport/core": `file:${root}/dist/core`,
      "@pagerport/cli": `file:${root}/dist/cli`,
    },
    overrides: { "@pagerport/core": `file:${root}/dist/core` },
  };
  await Bun.write(join(folder, "package.json"), JSON.stringify(manifest));
  const install = ["npm", "install", "--install-links", "--ignore-scripts", "--silent"];
  const { exitCode, stderr } = Bun.spawnSync(install, { cwd: folder });
  if (exitCode !== 0) throw new Error(stderr.toString());
  return join(folder, "node_modules/@pagerport/cli/dist/main.js");
}

/** The median of some runs, after one that warms the disk's cache. */
function measure(command: readonly string[]): Figures {
  const runs = Array.from({ length: roundCount + 1 }, (): Figures => {
    const startedAt = performance.now();
    const { exitCode, resourceUsage } = Bun.spawnSync([...command]);
    const wall = performance.now() - startedAt;
    if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}`);
    return { wall, cpu: Number(resourceUsage.cpuTime.total) / 1000 };
  }).slice(1);
  const middle = (of: (run: Figures) => number): number =>
    runs.map(of).toSorted((a, b) => a - b)[Math.floor(runs.length / 2)] ?? 0;
  return { wall: middle((run) => run.wall), cpu: middle((run) => run.cpu) };
}

function print(columns: readonly string[]): void {
  process.stdout.write(`| ${columns.join(" | ")} |\n`);
  if (columns[0] === "runtime") process.stdout.write(`|${"---|".repeat(columns.length)}\n`);
}
