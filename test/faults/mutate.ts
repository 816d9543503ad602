import type { Random } from "../support/sample-objects.ts";

/** A whole number from 0 up to, and without, a limit. */
export function drawBelow(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

/** One of several. @throws {RangeError} of none */
export function drawOne<Value>(random: Random, values: readonly Value[]): Value {
  const value = values[drawBelow(random, values.length)];
  if (value === undefined && values.length === 0) throw new RangeError("Nothing to draw from");
  return value as Value;
}

/** What programs stumble over, as JSON values. */
const oddValues: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  0.1,
  "",
  " ",
  "\0",
  "../../etc/passwd",
  "__proto__",
  "\uD800",
  "𝕏".repeat(300),
  "2026-13-45T99:99:99Z",
  [],
  [[]],
  {},
  { id: {} },
  { toString: 1, __proto__: null },
];

/** The same value with some members replaced, removed, doubled or moved deeper. */
export function mutateJson(random: Random, value: unknown, rate = 0.05): unknown {
  if (random() < rate) return drawOne(random, oddValues);
  if (Array.isArray(value)) {
    const items = value.map((item) => mutateJson(random, item, rate));
    return random() < rate ? [...items, ...items, null] : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value)
    .filter(() => random() >= rate)
    .map(([name, member]): [string, unknown] => {
      const mutated = mutateJson(random, member, rate);
      return random() < rate ? [`${name}x`, { [name]: mutated }] : [name, mutated];
    });
  return Object.fromEntries(members);
}

const oddText: readonly string[] = [
  "\0",
  "\t",
  "\r\n",
  '"',
  "'",
  "`",
  "{",
  "}",
  "[",
  "]",
  ":",
  "&a",
  "*a",
  "|",
  "\\",
  "#",
  "--",
  "$(x)",
  "%s",
  "\uFEFF",
  "\uD800",
  "é",
  "9".repeat(40),
];

/** The same text with a few places cut, doubled, moved or sprinkled with what parsers stumble over. */
export function mutateText(random: Random, text: string, changes = 3): string {
  let mutated = text;
  for (let change = 0; change < changes; change += 1) {
    const from = drawBelow(random, mutated.length + 1);
    const to = Math.min(mutated.length, from + drawBelow(random, 20));
    const piece = mutated.slice(from, to);
    const between = drawOne(random, ["", piece + piece, drawOne(random, oddText), piece.trim()]);
    mutated = mutated.slice(0, from) + between + mutated.slice(to);
  }
  return mutated;
}

/** The same bytes with a few of them flipped, or cut short. */
export function mutateBytes(
  random: Random,
  bytes: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const mutated = bytes.slice(0, random() < 0.3 ? drawBelow(random, bytes.length) : bytes.length);
  for (let change = 0; change < 3 && mutated.length > 0; change += 1) {
    mutated[drawBelow(random, mutated.length)] = drawBelow(random, 256);
  }
  return mutated;
}
