/**
 * `bun run bench import`: a whole import as a user runs it, against a sandbox in another process at zero
 * latency and without a request limit. Prints objects a second, requests and peak memory for three
 * sizes, and the ratio to the method of a shell script that starts a process for each field.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const main = join(import.meta.dir, "../packages/cli/src/main.ts");
const sizes = [10_000, 100_000, 1_000_000];

/** Objects that the shell's method is timed on: the first page that the old script sent. */
const shellObjects = 25;

interface Measured {
  readonly incidents: number;
  readonly perSecond: number;
  readonly requests: { readonly pagerduty: number; readonly port: number };
  readonly peakMegabytes: number;
  readonly cpuSeconds: number;
}

/** Measures the sizes one after the other and prints the table. */
export async function runBench(): Promise<void> {
  const results: Measured[] = [];
  for (const incidents of sizes) results.push(await measureImport(incidents));

  process.stdout.write("incidents   objects/s   PagerDuty   Port posts   CPU s   peak RSS MB\n");
  for (const { incidents, perSecond, requests, peakMegabytes, cpuSeconds } of results) {
    const cells = [
      incidents.toLocaleString("en-US").padStart(9),
      Math.round(perSecond).toLocaleString("en-US").padStart(11),
      requests.pagerduty.toLocaleString("en-US").padStart(11),
      requests.port.toLocaleString("en-US").padStart(12),
      cpuSeconds.toFixed(1).padStart(7),
      peakMegabytes.toFixed(0).padStart(13),
    ];
    process.stdout.write(`${cells.join(" ")}\n`);
  }
  const shell = await measureShell();
  const [first] = results;
  process.stdout.write(
    `shell, one process a field (${shell.tool}): ${shell.perSecond.toFixed(1)} objects/s; pagerport is ${Math.round((first?.perSecond ?? 0) / shell.perSecond)} times as fast\n`,
  );
}

async function measureImport(incidents: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "pagerport-bench-"));
  const sandbox = Bun.spawn(
    [process.execPath, main, "sandbox", "--incidents", String(incidents), "--record", "count"],
    { stdout: "pipe", stderr: "ignore" },
  );
  try {
    const env = await readEnvironment(sandbox.stdout);
    const child = Bun.spawn([process.execPath, main, "import", "--json"], {
      cwd: folder,
      env: { PATH: process.env["PATH"] ?? "", HOME: folder, ...env },
      stdout: "pipe",
      stderr: "inherit",
    });
    const report = JSON.parse(await new Response(child.stdout).text());
    if (!report.complete) throw new Error(`The import was not complete: ${report.problems}`);
    await child.exited;
    const usage = child.resourceUsage();
    return {
      incidents,
      perSecond: ((incidents + report.kinds.services.delivered) * 1000) / report.durationMs,
      requests: report.requests,
      peakMegabytes: (usage?.maxRSS ?? 0) / 1e6,
      cpuSeconds: Number(usage?.cpuTime.total ?? 0) / 1e6,
    };
  } finally {
    sandbox.kill();
    await sandbox.exited;
    rmSync(folder, { recursive: true });
  }
}

/** The `export NAME=value` lines that the sandbox prints when it is ready. */
async function readEnvironment(
  stdout: ReadableStream<Uint8Array>,
): Promise<Record<string, string>> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stdout) {
    text += decoder.decode(chunk, { stream: true });
    if (!text.includes("PAGERPORT_REQUESTS_PER_MINUTE")) continue;
    const lines = text.matchAll(/^export (\w+)=(.*)$/gm);
    return Object.fromEntries(Array.from(lines, ([, name, value]) => [name, value]));
  }
  throw new Error("The sandbox ended before it was ready");
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
