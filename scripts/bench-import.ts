/**
 * `bun run bench import`: a whole import as a user runs it, against a sandbox in another process at zero
 * latency and without a request limit: objects a second, requests and peak memory by size, and the ratio
 * to the method of a shell script that starts a process for each field.
 */
import { createFolder, main, measurePagerport, readUntil } from "./bench-process.ts";
import {
  type Bench,
  type BenchSize,
  createRatioTable,
  formatNumber,
  formatTimes,
  type Table,
} from "./bench-table.ts";

/** Incidents of the accounts that are imported. */
const sizes: Readonly<Record<BenchSize, readonly number[]>> = {
  whole: [10_000, 100_000, 1_000_000],
  page: [10_000, 100_000, 300_000],
  quick: [500],
};

/** Objects that the shell's method is timed on: the first page that the old script sent. */
const shellObjects = 25;

/** A whole import, and the shell's method beside it. */
export const bench: Bench = {
  title: "Import",
  describeMethod: () =>
    `\`pagerport import\` runs once for each size as a process of its own, against an invented PagerDuty and Port in another process on the same machine, which answer without latency and refuse nothing. The shell's method takes eight fields out of each of ${shellObjects} objects with a process each, as the Bash script does, and makes no requests.`,
  async *measure({ size }) {
    const results: Measured[] = [];
    for (const incidents of sizes[size]) results.push(await measureImport(incidents));
    yield describeImports(results);

    const shell = await measureShell();
    yield createRatioTable(
      results.map(({ incidents, perSecond }) => ({
        what: `objects a second, ${formatNumber(incidents)} incidents, to the shell's ${formatNumber(shell.perSecond, 1)} (${shell.tool})`,
        value: formatTimes(perSecond / shell.perSecond),
      })),
    );
  },
};

interface Measured {
  readonly incidents: number;
  readonly perSecond: number;
  readonly requests: { readonly pagerduty: number; readonly port: number };
  readonly peakMegabytes: number;
  readonly cpuSeconds: number;
}

function describeImports(results: readonly Measured[]): Table {
  return {
    title: "Imports",
    columns: [
      "incidents",
      "objects a second",
      "requests to PagerDuty",
      "posts to Port",
      "CPU s",
      "peak RSS MB",
    ],
    rows: results.map(({ incidents, perSecond, requests, peakMegabytes, cpuSeconds }) => [
      formatNumber(incidents),
      formatNumber(perSecond),
      formatNumber(requests.pagerduty),
      formatNumber(requests.port),
      formatNumber(cpuSeconds, 1),
      formatNumber(peakMegabytes),
    ]),
  };
}

async function measureImport(incidents: number): Promise<Measured> {
  using folder = createFolder();
  const sandbox = Bun.spawn(
    [process.execPath, main, "sandbox", "--incidents", String(incidents), "--record", "count"],
    { stdout: "pipe", stderr: "ignore" },
  );
  try {
    const environment = await readEnvironment(sandbox.stdout);
    const imported = await measurePagerport(["import", "--json"], folder.path, environment);
    const report = JSON.parse(imported.stdout);
    if (!report.complete) throw new Error(`The import was not complete: ${report.problems}`);
    return {
      incidents,
      perSecond: ((incidents + report.kinds.services.delivered) * 1000) / report.durationMs,
      requests: report.requests,
      peakMegabytes: imported.peakMegabytes,
      cpuSeconds: imported.cpuSeconds,
    };
  } finally {
    sandbox.kill();
    await sandbox.exited;
  }
}

/** The `export NAME=value` lines that the sandbox prints when it is ready. */
async function readEnvironment(
  stdout: ReadableStream<Uint8Array>,
): Promise<Record<string, string>> {
  const text = await readUntil(stdout, (soFar) =>
    /^export PAGERPORT_REQUESTS_PER_MINUTE=.*\n/m.test(soFar),
  );
  const lines = text.matchAll(/^export (\w+)=(.*)$/gm);
  return Object.fromEntries(Array.from(lines, ([, name, value]) => [name, value]));
}

/** Takes the eight fields of each object out with a process each, as the old script did. */
async function measureShell(): Promise<{ readonly tool: string; readonly perSecond: number }> {
  // Without jq the cheapest process stands in: the ratio is then too kind to the script.
  const tool = Bun.which("jq") === null ? "cat, as jq is not installed" : "jq";
  const extract = tool === "jq" ? "jq -r .title" : "cat";
  const script = `
    object='{"id":"Q1","title":"A title of common length","status":"resolved"}'
    for object_number in $(seq ${shellObjects}); do
      for field in id title status html_url description urgency responder policy; do
        value=$(printf '%s' "$object" | ${extract})
      done
    done`;
  const startedAt = performance.now();
  await Bun.spawn(["bash", "-c", script], { stdout: "ignore" }).exited;
  const seconds = (performance.now() - startedAt) / 1000;
  return { tool, perSecond: shellObjects / seconds };
}
