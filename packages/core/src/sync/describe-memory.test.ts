import { expect, test } from "bun:test";
import { describeMemory } from "./describe-memory.ts";
import type { BlueprintReport } from "./sync-report.ts";

function createBlueprint(blueprint: string, owned: number, unfed = 0): BlueprintReport {
  const written = {
    created: 0,
    updated: 0,
    unchanged: 0,
    refused: 0,
    left: 0,
    deleted: 0,
    stubbed: 0,
  };
  const kept = { aged: 0, recent: 0, needed: 0, waiting: 0, withheld: 0 };
  return { blueprint, owned, unfed, ...written, ...kept };
}

const settled = {
  blueprint: "known",
  run: 1,
  at: 0,
  reader: "",
  tokenOwner: "",
  resources: {},
  firstRun: 1,
};

test("describeMemory() names blueprints of which something is there and no run is known", () => {
  const blueprints = [
    createBlueprint("known", 5),
    createBlueprint("new", 0),
    createBlueprint("one", 5),
    createBlueprint("two", 5),
    createBlueprint("unfed", 5, 5),
  ];
  const known = new Map([["known", settled]]);
  expect(describeMemory({ type: "full", blueprints }, known)).toEqual([
    "No earlier run is known of one, two: only the share that may go in 7 days and the control reading protect what is there",
  ]);
  expect(describeMemory({ type: "delta", blueprints }, known)).toEqual([]);
  expect(describeMemory({ type: "full", blueprints: blueprints.slice(0, 2) }, known)).toEqual([]);
});
