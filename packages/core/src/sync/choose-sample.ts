import { hashValue } from "../sink/port/hash-value.ts";

/** A choice of some things among many that come one by one. */
export interface Sample<Value> {
  /** Offers a thing; of two with one name the later counts. */
  offer(name: string, value: Value): void;
  /** One that is chosen at the moment. */
  get(name: string): Value | undefined;
  /** What was chosen, by name, in no order that means anything. */
  values(): ReadonlyMap<string, Value>;
}

/**
 * Chooses so many things by chance, each as likely as any other. The same seed chooses the same names,
 * in whatever order they come.
 */
export function createSample<Value>(size: number, seed: number): Sample<Value> {
  // The names whose numbers are the lowest: a hash stands for chance.
  const chosen = new Map<string, Value>();
  const byRank: { readonly name: string; readonly rank: Rank }[] = [];
  return {
    offer(name, value) {
      if (chosen.has(name)) {
        chosen.set(name, value);
        return;
      }
      const rank = hashValue(`${seed}\n${name}`);
      const last = byRank.at(-1);
      if (byRank.length >= size && (last === undefined || !isBelow(rank, last.rank))) return;
      byRank.splice(findPlace(byRank, rank), 0, { name, rank });
      chosen.set(name, value);
      const left = byRank.length > size ? byRank.pop() : undefined;
      if (left !== undefined) chosen.delete(left.name);
    },
    get: (name) => chosen.get(name),
    values: () => chosen,
  };
}

/** The same, so many of every group; one name is of one group. */
export function createGroupedSample<Value>(
  size: number,
  seed: number,
  groupOf: (value: Value) => string,
): Sample<Value> {
  const groups = new Map<string, Sample<Value>>();
  const chosen = (): Map<string, Value> => {
    const all = new Map<string, Value>();
    for (const sample of groups.values()) {
      for (const [name, value] of sample.values()) all.set(name, value);
    }
    return all;
  };
  return {
    offer(name, value) {
      const group = groupOf(value);
      const sample = groups.get(group) ?? createSample<Value>(size, seed);
      groups.set(group, sample);
      sample.offer(name, value);
    },
    get(name) {
      for (const sample of groups.values()) {
        const value = sample.get(name);
        if (value !== undefined) return value;
      }
      return undefined;
    },
    values: chosen,
  };
}

type Rank = readonly [high: number, low: number];

function isBelow(one: Rank, other: Rank): boolean {
  return one[0] === other[0] ? one[1] < other[1] : one[0] < other[0];
}

function findPlace(sorted: readonly { readonly rank: Rank }[], rank: Rank): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const other = sorted[middle]?.rank;
    if (other !== undefined && isBelow(other, rank)) low = middle + 1;
    else high = middle;
  }
  return low;
}
