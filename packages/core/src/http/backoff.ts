/** First and longest wait between two attempts of one request, in milliseconds. */
const shortest = 500;
const longest = 30_000;

/**
 * How long to wait before retry `attempt` (the first is 1): doubling, capped, with full jitter so that
 * requests that failed together do not come back together.
 * {@link https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/}
 */
export function backoff(attempt: number, random: () => number): number {
  return random() * Math.min(longest, shortest * 2 ** (attempt - 1));
}
