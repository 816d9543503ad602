import process from "node:process";

/** Below this a process is small anyway. Bytes. */
const smallEnough = 100_000_000;

/** Collections closer together cost more than they free; one takes about 10 ms. Milliseconds. */
const releaseEvery = 200;

/**
 * Makes a function to call now and then in a long run. Bun collects late where the machine has memory to
 * spare: a run that needs 20 MB then takes 250, which a container's limit may not allow. Elsewhere it
 * does nothing.
 */
export function createMemoryRelease(now: () => number): () => void {
  let releasedAt = -Infinity;
  return () => {
    if (typeof Bun === "undefined" || now() - releasedAt < releaseEvery) return;
    if (process.memoryUsage.rss() < smallEnough) return;
    releasedAt = now();
    Bun.gc(true);
  };
}
