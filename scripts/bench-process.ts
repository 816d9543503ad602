/** Processes that benches start and measure. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The command line, unbuilt. */
export const main = join(import.meta.dir, "../packages/cli/src/main.ts");

/** Milliseconds between looks at how much memory a process has taken. */
const peakEvery = 20;

/** What a process came to that ran to its end. */
export interface MeasuredProcess {
  readonly stdout: string;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

/**
 * Runs `pagerport` in a folder that is its home, with the settings given and no others.
 * @throws Error if it does not end with 0
 */
export async function measurePagerport(
  words: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<MeasuredProcess> {
  const startedAt = performance.now();
  const child = Bun.spawn([process.execPath, main, ...words], {
    cwd: folder,
    env: isolate(folder, environment),
    stdout: "pipe",
    stderr: "pipe",
  });
  let peak = 0;
  const look = setInterval(() => (peak = Math.max(peak, readPeak(child.pid))), peakEvery);
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  clearInterval(look);
  const wallSeconds = (performance.now() - startedAt) / 1000;
  if (code !== 0) {
    throw new Error(`pagerport ${words.join(" ")} ended with ${code}: ${stdout}${stderr}`);
  }
  const usage = child.resourceUsage();
  return {
    stdout,
    wallSeconds,
    cpuSeconds: Number(usage?.cpuTime.total ?? 0) / 1e6,
    peakMegabytes: peak === 0 ? (usage?.maxRSS ?? 0) / 1e6 : peak,
  };
}

/**
 * The most memory that a process has taken, in MB; 0 where the system does not tell. What it tells of an
 * ended one counts the memory of who started it as well.
 */
function readPeak(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/status`, "utf8");
    return (Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024) / 1e6;
  } catch {
    return 0;
  }
}

/** The environment of a process that is to know nothing of this one's. */
export function isolate(
  folder: string,
  environment: Readonly<Record<string, string>>,
): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", HOME: folder, ...environment };
}

/** What a process prints up to where it is ready. @throws Error if it ends before */
export async function readUntil(
  stdout: ReadableStream<Uint8Array>,
  isReady: (text: string) => boolean,
): Promise<string> {
  const decoder = new TextDecoder();
  const reader = stdout.getReader();
  let text = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`A process ended before it was ready: ${text}`);
      text += decoder.decode(value, { stream: true });
      if (isReady(text)) return text;
    }
  } finally {
    reader.releaseLock();
  }
}

/** A folder that is removed when it is no longer in use. */
export function createFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "pagerport-bench-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}
