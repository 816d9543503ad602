import { expect, test } from "bun:test";
import { createGroupedSample, createSample } from "./choose-sample.ts";

const names = Array.from({ length: 1000 }, (_, place) => `service\nS${place}`);

function choose(size: number, seed: number, offered: readonly string[]): string[] {
  const sample = createSample<string>(size, seed);
  for (const name of offered) sample.offer(name, name);
  return [...sample.values().keys()].toSorted();
}

test("createSample() chooses the same names in whatever order they come", () => {
  const chosen = choose(50, 7, names);
  expect(chosen).toHaveLength(50);
  expect(choose(50, 7, names.toReversed())).toEqual(chosen);
  expect(choose(50, 8, names)).not.toEqual(chosen);
});

test("createSample() is fair enough", () => {
  const counts = new Map(names.map((name) => [name, 0]));
  for (let seed = 0; seed < 200; seed += 1) {
    for (const name of choose(100, seed, names)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  // 20 are expected of each; the deviation of such a count is about 4.
  expect(Math.min(...counts.values())).toBeGreaterThan(0);
  expect(Math.max(...counts.values())).toBeLessThan(45);
});

test.each([
  [0, 0],
  [5, 5],
  [2000, 1000],
])("createSample() of %i chooses %i", (size, expected) => {
  expect(choose(size, 1, names)).toHaveLength(expected);
});

test("createSample() keeps the later of two with one name", () => {
  const sample = createSample<number>(1, 1);
  sample.offer("a", 1);
  sample.offer("a", 2);
  expect([...sample.values()]).toEqual([["a", 2]]);
});

test("createGroupedSample() chooses as many of each group, and knows each by name", () => {
  const sample = createGroupedSample<string>(2, 1, (value) => value.slice(0, 1));
  for (const name of ["a1", "a2", "a3", "b1", "b1", "c1", "c2", "c3"]) sample.offer(name, name);
  const chosen = [...sample.values().keys()];
  const count = (group: string): number => chosen.filter((name) => name.startsWith(group)).length;
  expect([count("a"), count("b"), count("c")]).toEqual([2, 1, 2]);
  for (const name of chosen) expect(sample.get(name)).toBe(name);
  expect(sample.get("d1")).toBeUndefined();
});
