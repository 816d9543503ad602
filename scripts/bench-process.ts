/** Processes that benches start and measure. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The command line, unbuilt. */
export const main = join(import.meta.dir, "../packages/cli/src/main.ts");

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
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const wallSeconds = (performance.now() - startedAt) / 1000;
  if (code !== 0) {
    throw new Error(`pagerport ${words.join(" ")} ended with ${code}: ${stdout}${stderr}`);
  }
  const usage = child.resourceUsage();
  return {
    stdout,
    wallSeconds,
    cpuSeconds: Number(usage?.cpuTime.total ?? 0) / 1e6,
    peakMegabytes: (usage?.maxRSS ?? 0) / 1e6,
  };
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
