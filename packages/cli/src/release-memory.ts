import process from "node:process";

/** Below this a process is small anyway. Bytes. */
const smallEnough = 100_000_000;

/** Collections closer together cost more than they free. Milliseconds. */
const releaseEvery = 200;

/** At most this share of the time is spent on them: one takes 10 ms or 100, as much as there is in use. */
const largestShare = 0.05;

/**
 * Makes a function to call now and then in a long run. Bun collects late where the machine has memory to
 * spare: a run that needs 20 MB then takes 250, which a container's limit may not allow. Elsewhere it
 * does nothing.
 */
export function createMemoryRelease(now: () => number): () => void {
  let nextAt = now() + releaseEvery;
  return () => {
    if (typeof Bun === "undefined" || now() < nextAt) return;
    if (process.memoryUsage.rss() < smallEnough) return;
    const begunAt = now();
    Bun.gc(true);
    const releasedAt = now();
    nextAt = releasedAt + Math.max(releaseEvery, (releasedAt - begunAt) / largestShare);
  };
}
