import process from "node:process";

/** Below this a process is small anyway. Bytes. */
const smallEnough = 100_000_000;

/** Collections closer together cost more than they free. Milliseconds. */
const releaseEvery = 200;

/** At most this share of the time is spent on them: one takes 10 ms or 100, as much as there is in use. */
const usualShare = 0.05;

/** What a process takes that is too much for the usual container: then more time may go into it. Bytes. */
const tooLarge = 300_000_000;
const shareOfLarge = 0.3;

/**
 * Makes a function to call now and then in a long run. Bun collects late where the machine has memory to
 * spare: a run that needs 20 MB then takes 250, which a container's limit may not allow. Elsewhere it
 * does nothing.
 *
 * @param largestShare of the time that may be spent on it: more keeps memory smaller
 */
export function createMemoryRelease(now: () => number, largestShare = usualShare): () => void {
  let nextAt = now() + releaseEvery;
  return () => {
    if (typeof Bun === "undefined" || now() < nextAt) return;
    const size = process.memoryUsage.rss();
    if (size < smallEnough) return;
    const begunAt = now();
    Bun.gc(true);
    const releasedAt = now();
    const share = size < tooLarge ? largestShare : Math.max(largestShare, shareOfLarge);
    nextAt = releasedAt + Math.max(releaseEvery, (releasedAt - begunAt) / share);
  };
}
