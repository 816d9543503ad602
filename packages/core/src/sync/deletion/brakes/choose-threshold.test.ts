import { expect, test } from "bun:test";
import { chooseThreshold } from "./choose-threshold.ts";

test.each<[wanted: number, highest: number | undefined, chosen: number]>([
  [0.9, undefined, 0.2],
  [0.2, undefined, 0.2],
  [0.05, undefined, 0.05],
  [0, undefined, 0],
  [0.9, 0.5, 0.5],
  [0.3, 0.5, 0.3],
  [0.9, 1, 0.9],
  [0.9, 0.1, 0.1],
  [0.9, 0, 0],
])("chooseThreshold() of %f where at most %p may go is %f", (wanted, highest, chosen) => {
  expect(chooseThreshold(wanted, highest)).toBe(chosen);
});
