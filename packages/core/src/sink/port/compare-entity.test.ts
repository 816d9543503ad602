import { expect, test } from "bun:test";
import type { JsonObject } from "../../json.ts";
import { listDifferences } from "./compare-entity.ts";

const wanted = {
  identifier: "S1",
  blueprint: "service",
  title: "One",
  team: "platform",
  properties: { at: "2026-01-01T00:00:00Z", tier: null, status: "active", tags: ["a", "b"] },
  relations: { owner: "T1" },
};

const stored: JsonObject = {
  title: "One",
  icon: null,
  team: ["platform"],
  properties: {
    at: "2026-01-01T01:00:00.000+01:00",
    status: "active",
    tags: ["a", "b"],
    note: "x",
  },
  relations: { owner: ["T1"], other: null },
};

test.each([
  ["what means the same", {}, true, []],
  ["what Port has besides", {}, false, ["properties.note"]],
  ["a title", { title: "Two" }, true, ["title"]],
  ["an icon that is not named", { icon: "Service" }, true, []],
  ["an icon that is not named, without merging", { icon: "Service" }, false, ["icon"]],
  ["a relation", { relations: { owner: "T2" } }, true, ["relations.owner"]],
  [
    "an order",
    { properties: { ...(stored["properties"] as JsonObject), tags: ["b", "a"] } },
    true,
    ["properties.tags"],
  ],
] as const)("listDifferences() of %s", (_, changes, merge, expected) => {
  const ignored = new Set(merge ? [] : ["properties.link"]);
  const content = { ...stored, ...changes } as JsonObject;
  const others = expected.length === 1 && expected[0] === "icon" ? ["properties.note"] : [];
  expect(
    listDifferences(wanted, content, { merge, ignored: new Set([...ignored, ...others]) }).map(
      ({ field }) => field,
    ),
  ).toEqual([...expected]);
});

test("listDifferences() gives both values", () => {
  const content = { ...stored, title: "Two" };
  expect(listDifferences(wanted, content, { merge: true, ignored: new Set() })).toEqual([
    { field: "title", stored: "Two", wanted: "One" },
  ]);
});
