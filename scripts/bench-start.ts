/**
 * `bun run bench start`: how long the built command line takes to say its version and what it can do, as
 * whole processes, by runtime; and what the runtime itself takes of that, for a file that does nothing.
 */
import { join } from "node:path";
import { runtimes } from "../test/support/runtimes.ts";
import { createFolder } from "./bench-process.ts";
import {
  type Bench,
  type BenchSize,
  createRatioTable,
  formatNumber,
  formatTimes,
  type Ratio,
  type Table,
} from "./bench-table.ts";
import { buildExecutable, executablePath } from "./build-executable.ts";

const roundCounts: Readonly<Record<BenchSize, number>> = { whole: 15, page: 11, quick: 1 };
/** Milliseconds; what is aimed at for `--version` and `--help`. */
const aims: Readonly<Record<string, number>> = { Bun: 150, "Node 22": 250, "Node 24": 250 };

const questions = [["--version"], ["--help"], ["sync", "--help"]] as const;

/** Each question to each runtime, and to the executable. */
export const bench: Bench = {
  title: "Start-up",
  describeMethod: (size) =>
    `The built packages are installed as npm lays them out, and each question is asked ${roundCounts[size]} times of a process of its own, after one that warms the disk's cache; medians count. What the runtime takes by itself is measured in the same way, with an empty file.`,
  async *measure({ size }) {
    const root = join(import.meta.dir, "..");
    const built = Bun.spawnSync(["bun", "run", "--silent", "build"], { cwd: root });
    if (built.exitCode !== 0) throw new Error(built.stderr.toString());
    await buildExecutable();
    const results = await measureStarts(root, roundCounts[size]);
    yield describeStarts(results);
    yield createRatioTable(results.flatMap(compareWithAim));
  },
};

interface Figures {
  /** Milliseconds. */
  readonly wall: number;
  /** Milliseconds of user and system time. */
  readonly cpu: number;
}

interface Measured extends Figures {
  readonly runtime: string;
  readonly question: string;
  /** Milliseconds that the runtime takes for nothing; not known of the executable. */
  readonly empty: number | undefined;
}

function describeStarts(results: readonly Measured[]): Table {
  return {
    title: "Median times",
    columns: ["runtime", "question", "wall ms", "CPU ms", "empty file, wall ms"],
    rows: results.map(({ runtime, question, wall, cpu, empty }) => [
      runtime,
      `pagerport ${question}`,
      formatNumber(wall),
      formatNumber(cpu),
      empty === undefined ? "" : formatNumber(empty),
    ]),
  };
}

function compareWithAim({ runtime, question, wall, empty }: Measured): Ratio[] {
  const aim = aims[runtime];
  if (aim === undefined || question.startsWith("sync")) return [];
  const what = `${runtime}, pagerport ${question}: wall`;
  const share = empty === undefined ? "" : `, ${formatTimes(wall / empty)} an empty file's`;
  return [{ what, value: `${formatNumber(wall)} ms${share}`, aim: `under ${aim} ms` }];
}

async function measureStarts(root: string, roundCount: number): Promise<Measured[]> {
  using folder = createFolder();
  const entry = await installBuilt(root, folder.path);
  const empty = join(folder.path, "empty.js");
  await Bun.write(empty, "");
  const ways = [
    ...Object.entries(runtimes).map(([runtime, command]) => ({ runtime, command, file: entry })),
    { runtime: "executable", command: [executablePath], file: undefined },
  ];
  return ways.flatMap(({ runtime, command, file }) => {
    const nothing = file === undefined ? undefined : measure([...command, empty], roundCount).wall;
    const asked = file === undefined ? command : [...command, file];
    return questions.map((question) => {
      const { wall, cpu } = measure([...asked, ...question], roundCount);
      return { runtime, question: question.join(" "), wall, cpu, empty: nothing };
    });
  });
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
function measure(command: readonly string[], roundCount: number): Figures {
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
