import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { orderByRelations } from "./order-by-relations.ts";

test.each([
  ["nothing", [], []],
  ["two that are free", [[], []], [[0, 1]]],
  ["a chain", [[1], [2], []], [[2], [1], [0]]],
  ["a target named twice", [[1, 1], []], [[1], [0]]],
  ["one that relates to itself", [[0], []], [[1], "cycle", [0]]],
  [
    "what comes before, in and after a cycle",
    [[1], [2, 3], [1], [], [0]],
    [[3], "cycle", [1, 2], [0], [4]],
  ],
])("orderByRelations() of %s", (_, targets, expected) => {
  const layers = orderByRelations(targets);
  const told = layers.flatMap(({ members, isCyclic }) =>
    isCyclic ? ["cycle", members] : [members],
  );
  expect(told).toEqual(expected);
});

test("orderByRelations() has everything once, and every target before or in a cycle with it", () => {
  const graphs = fc.integer({ min: 1, max: 30 }).chain((size) =>
    fc.array(fc.array(fc.integer({ min: 0, max: size - 1 }), { maxLength: 3 }), {
      minLength: size,
      maxLength: size,
    }),
  );
  fc.assert(
    fc.property(graphs, (targets) => {
      const layers = orderByRelations(targets);
      const members = layers.flatMap((layer) => layer.members);
      expect(members.toSorted((one, other) => one - other)).toEqual([...targets.keys()]);
      const layerOf = new Map(
        layers.flatMap((layer, at) => layer.members.map((place) => [place, at])),
      );
      for (const [place, at] of layerOf) {
        for (const target of targets[place] ?? []) {
          const before = layerOf.get(target) ?? Infinity;
          expect(before < at || (before === at && layers[at]?.isCyclic === true)).toBe(true);
        }
      }
      expect(layers.filter(({ isCyclic }) => isCyclic).length).toBeLessThanOrEqual(1);
    }),
  );
});
