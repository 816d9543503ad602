import { expect, test } from "bun:test";
import { groupAlike, joinAlike } from "./join-entities.ts";
import type { PortEntity } from "./port-entity.ts";

const create = (identifier: string, fields: Partial<PortEntity> = {}): PortEntity => ({
  identifier,
  blueprint: "service",
  properties: {},
  relations: {},
  ...fields,
});

test("groupAlike() puts those of one name together, where the last of them is", () => {
  const [a, b, again] = [create("a"), create("b"), create("a", { title: "Again" })];
  const other = create("a", { blueprint: "other" });
  const searched = { ...create(""), identifier: { combinator: "and" } };
  expect(groupAlike([a, b, other, again, searched, searched])).toEqual([
    [b],
    [other],
    [a, again],
    [searched],
    [searched],
  ]);
});

const first = create("a", {
  title: "First",
  icon: "Bug",
  properties: { one: 1, both: "first" },
  relations: { team: "x", owner: "y" },
});
const second = create("a", {
  title: "Second",
  properties: { two: 2, both: null },
  relations: { owner: "z" },
});

test("joinAlike() is what writing one after the other comes to where merging is on", () => {
  expect(joinAlike([first, second], { merge: true })).toEqual(
    create("a", {
      title: "Second",
      icon: "Bug",
      properties: { one: 1, both: null, two: 2 },
      relations: { team: "x", owner: "z" },
    }),
  );
});

test("joinAlike() is the last where merging is off", () => {
  expect(joinAlike([first, second], { merge: false })).toBe(second);
});
