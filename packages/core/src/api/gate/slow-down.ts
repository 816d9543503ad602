import { isIPv6 } from "node:net";
import type { Clock } from "../../clock.ts";

/** Wrong tokens that an address may send at its own pace. */
export const freeFailures = 5;
/** Milliseconds that it waits after the next one; twice as long after each further one, up to … */
const firstWait = 1000;
/** … this. */
export const longestWait = 30_000;
/** Milliseconds after which an address's failures are forgotten. */
const forgetAfter = 600_000;
/** Addresses that are remembered at a time; the one that failed longest ago is forgotten for another. */
export const mostAddresses = 1000;

/** Slows down whoever sends one wrong token after another. */
export interface SlowDown {
  /** Milliseconds until an address may try again; 0 where it may now. */
  waitOf(address: string): number;
  fail(address: string): void;
}

/** Remembers who failed; an IPv6 network is one address, since whoever has one has all of it. */
export function createSlowDown({ clock }: { readonly clock: Clock }): SlowDown {
  /** By when they failed last, so that the first one is the one to forget. */
  const failures = new Map<string, { count: number; at: number }>();

  function find(key: string): { count: number; at: number } | undefined {
    const found = failures.get(key);
    if (found === undefined || clock.now() - found.at < forgetAfter) return found;
    failures.delete(key);
    return undefined;
  }

  return {
    waitOf(address) {
      const found = find(networkOf(address));
      if (found === undefined || found.count < freeFailures) return 0;
      const wait = Math.min(firstWait * 2 ** (found.count - freeFailures), longestWait);
      return Math.max(0, found.at + wait - clock.now());
    },
    fail(address) {
      const key = networkOf(address);
      const count = (find(key)?.count ?? 0) + 1;
      failures.delete(key);
      failures.set(key, { count, at: clock.now() });
      const [oldest] = failures.keys();
      if (failures.size > mostAddresses && oldest !== undefined) failures.delete(oldest);
    },
  };
}

/** An IPv4 address, also one that is written as an IPv6 one; of IPv6 the first 64 bits. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!isIPv6(address)) return address;
  const [before = "", after] = address.split("%")[0]?.split("::") ?? [];
  const head = before === "" ? [] : before.split(":");
  const tail = after === undefined || after === "" ? [] : after.split(":");
  const zeros = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  const groups = [...head, ...Array.from({ length: zeros }, () => "0"), ...tail];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
