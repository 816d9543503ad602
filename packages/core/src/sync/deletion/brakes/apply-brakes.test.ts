import { expect, test } from "bun:test";
import { array, assert, boolean, constantFrom, integer, property, record } from "fast-check";
import { caseCount } from "../../../testing/test-size.ts";
import {
  applyBrakes,
  type BrakeCandidate,
  type BrakesInput,
  limitShare,
  type Share,
} from "./apply-brakes.ts";

const gone: Omit<BrakeCandidate, "identifier"> = {
  evidence: "E5",
  why: "",
  counts: true,
  isGone: true,
  isAllGone: true,
  isThere: false,
  isNew: false,
  isShown: false,
  isAged: false,
  emptied: "",
  team: "",
  control: "",
};
const waiting = { evidence: "waits", why: "404 once", counts: false } as const;
const shown = { evidence: "E3", isGone: false, isAllGone: false, isShown: true } as const;
const unlisted = { evidence: "E6", isGone: false, isAllGone: false } as const;
const ended = { evidence: "E1", counts: false, isGone: false, isAllGone: false } as const;
const incident = {
  evidence: "E2",
  counts: false,
  isGone: false,
  isAllGone: false,
  isShown: true,
} as const;

function list(count: number, changes: Partial<BrakeCandidate> = {}, name = "id"): BrakeCandidate[] {
  return Array.from({ length: count }, (_, place) => ({
    ...gone,
    identifier: `${name}-${place}`,
    ...changes,
  }));
}

interface InputChanges extends Omit<Partial<BrakesInput>, "share" | "reader" | "isAllowed"> {
  /** Of all candidates. */
  readonly isAllowed?: boolean;
  readonly share?: Partial<Share>;
  readonly reader?: Partial<BrakesInput["reader"]>;
}

function brake(
  candidates: readonly BrakeCandidate[],
  { share, reader, isAllowed = false, ...changes }: InputChanges = {},
): { removed: number; waiting: number; withheld: Readonly<Record<string, number>> } {
  const braked = applyBrakes({
    candidates,
    share: { threshold: 0.2, mostHeld: 800, before: 0, ...share },
    reader: { mapping: "", owner: "", ...reader },
    hasMemory: true,
    isAllowed: () => isAllowed,
    ...changes,
  });
  const withheld: Record<string, number> = {};
  for (const { brake: name, identifiers } of braked.withheld) {
    withheld[name] = (withheld[name] ?? 0) + identifiers.length;
  }
  return { removed: braked.remove.length, waiting: braked.waiting.length, withheld };
}

/** max(⌊threshold × most held⌋, min(5, ⌊most held ÷ 2⌋)) */
test.each<[mostHeld: number, threshold: number, limit: number]>([
  [0, 0.2, 0],
  [1, 0.2, 0],
  [2, 0.2, 1],
  [4, 0.2, 2],
  [9, 0.2, 4],
  [10, 0.2, 5],
  [15, 0.2, 5],
  [29, 0.2, 5],
  [30, 0.2, 6],
  [800, 0.2, 160],
  [1, 0.9, 0],
  [1, 1, 1],
  [4, 0.9, 3],
  [15, 0.9, 13],
  [800, 0.9, 720],
  [800, 0.001, 5],
  // 0.29 times 100 is a little less than 29 where numbers are binary.
  [100, 0.29, 29],
  [1000, 0.57, 570],
  [1, 0, 0],
  [800, 0, 0],
])("limitShare() of %i with a threshold of %f is %i", (mostHeld, threshold, limit) => {
  expect(limitShare({ mostHeld, threshold, before: 0 })).toBe(limit);
});

const sizes: readonly [size: number, limit: number][] = [
  [1, 0],
  [4, 2],
  [15, 5],
  [800, 160],
];

test.each(sizes)("applyBrakes() B1 of %i: %i may go, or none", (size, limit) => {
  const share = { mostHeld: size };
  expect(brake(list(limit), { share })).toEqual({ removed: limit, waiting: 0, withheld: {} });
  const many = list(limit + 1);
  expect(brake(many, { share })).toMatchObject({ removed: 0, withheld: { share: limit + 1 } });
  // Without memory as well.
  expect(brake(many, { share, hasMemory: false }).removed).toBe(0);
  // A person's word.
  expect(brake(many, { share, isAllowed: true })).toMatchObject({
    removed: limit + 1,
    withheld: {},
  });
});

test.each(sizes)(
  "applyBrakes() B1 of %i counts what went and what is not settled",
  (size, limit) => {
    if (limit === 0) {
      expect(brake(list(1), { share: { mostHeld: size } }).removed).toBe(0);
      return;
    }
    const share = { mostHeld: size };
    const fits = list(limit - 1);
    expect(brake(fits, { share: { ...share, before: 1 } }).removed).toBe(limit - 1);
    expect(brake(list(1), { share: { ...share, before: limit } }).removed).toBe(0);
    expect(brake(list(1), { share, unsettled: limit }).removed).toBe(0);
    expect(brake([...list(1), ...list(limit - 1, waiting, "w")], { share })).toEqual({
      removed: 1,
      waiting: limit - 1,
      withheld: {},
    });
    // What PagerDuty says is there is no loss, however many there are.
    const there = list(limit + 1, { ...waiting, isThere: true }, "t");
    expect(brake([...list(1), ...there], { share })).toMatchObject({ removed: 1, withheld: {} });
    expect(brake([...list(1), ...list(limit, waiting, "w")], { share })).toEqual({
      removed: 0,
      waiting: limit,
      withheld: { share: 1 },
    });
    // What B3 to B5 hold counts, what B2 holds does not.
    const held = ["emptied", "team", "control"] as const;
    for (const name of held) {
      const others = list(limit, { [name]: "odd" }, name);
      expect(brake([...list(1), ...others], { share })).toMatchObject({
        removed: 0,
        withheld: { share: 1 },
      });
    }
    const ofReader = list(limit, unlisted, "reader");
    expect(brake([...list(1), ...ofReader], { share, reader: { mapping: "odd" } })).toEqual({
      removed: 1,
      waiting: 0,
      withheld: { reader: limit },
    });
  },
);

test.each(sizes)("applyBrakes() B1 of %i leaves out what does not count", (size) => {
  const share = { mostHeld: size, before: size };
  const uncounted = [
    ...list(size, ended, "ended"),
    ...list(size, incident, "incident"),
    ...list(size, { ...shown, evidence: "E4", counts: false }, "other"),
    ...list(size, { counts: false }, "new"),
  ];
  expect(brake(uncounted, { share }).removed).toBe(4 * size);
  // But with one that counts and is too many, none goes.
  expect(brake([...uncounted, ...list(1)], { share })).toMatchObject({
    removed: 0,
    withheld: { share: 4 * size + 1 },
  });
});

test.each(sizes)("applyBrakes() with a threshold of 0 of %i lets nothing go, ever", (size) => {
  const share = { mostHeld: size, threshold: 0 };
  for (const candidates of [list(1), list(1, ended), list(1, incident), list(1, shown)]) {
    for (const hasMemory of [true, false]) {
      expect(brake(candidates, { share, hasMemory }).removed).toBe(0);
    }
  }
  expect(brake(list(size), { share, isAllowed: true }).removed).toBe(size);
});

/** What B2 to B5 hold, and who lifts that. */
const lines: readonly (readonly [
  name: string,
  candidate: Partial<BrakeCandidate>,
  changes: InputChanges,
  held: string,
  liftedBy: "a person, no memory" | "nobody",
])[] = [
  [
    "B2 listed and not let through",
    shown,
    { reader: { mapping: "x" } },
    "reader",
    "a person, no memory",
  ],
  [
    "B2 under another identifier",
    { ...shown, evidence: "E4", counts: false },
    { reader: { mapping: "x" } },
    "reader",
    "a person, no memory",
  ],
  ["B2 unlisted", unlisted, { reader: { mapping: "x" } }, "reader", "a person, no memory"],
  ["B2 an incident", incident, { reader: { mapping: "x" } }, "reader", "a person, no memory"],
  ["B2 another token: 404", {}, { reader: { owner: "x" } }, "reader", "a person, no memory"],
  [
    "B2 another token: unlisted",
    unlisted,
    { reader: { owner: "x" } },
    "reader",
    "a person, no memory",
  ],
  ["B3 an empty list: 404", { emptied: "x" }, {}, "empty", "a person, no memory"],
  [
    "B3 an empty list: not let through",
    { ...shown, emptied: "x" },
    {},
    "empty",
    "a person, no memory",
  ],
  ["B3 an empty list: unlisted", { ...unlisted, emptied: "x" }, {}, "empty", "a person, no memory"],
  ["B4 a team that vanished", { team: "x" }, {}, "team", "a person, no memory"],
  ["B5 a control reading", { control: "x" }, {}, "control", "nobody"],
];

for (const [size] of sizes) {
  test.each(lines)(`applyBrakes() %s, of ${size}`, (_name, candidate, changes, held, liftedBy) => {
    const share = { mostHeld: 100 * size, threshold: 1 };
    const candidates = list(size, candidate);
    const withheld = { [held]: size };
    expect(brake(candidates, { share, ...changes })).toEqual({ removed: 0, waiting: 0, withheld });
    const isLifted = liftedBy !== "nobody";
    const removed = isLifted ? size : 0;
    expect(brake(candidates, { share, ...changes, isAllowed: true }).removed).toBe(removed);
    expect(brake(candidates, { share, ...changes, hasMemory: false }).removed).toBe(removed);
    // One more that is as usual is not held with them.
    if (held !== "reader") {
      expect(brake([...candidates, ...list(1, {}, "usual")], { share, ...changes }).removed).toBe(
        1,
      );
    }
  });
}

/** What a brake lets go all the same. */
test.each<[string, Partial<BrakeCandidate>, InputChanges]>([
  ["B2 what ended, of another token", ended, { reader: { owner: "x" } }],
  ["B2 what another token itself shows", shown, { reader: { owner: "x" } }],
  ["B2 what ended, under another mapping", ended, { reader: { mapping: "x" } }],
  ["B2 what is 404, under another mapping", {}, { reader: { mapping: "x" } }],
  [
    "B2 incidents that leave with their time, under another mapping",
    { ...incident, isShown: false, isAged: true },
    { reader: { mapping: "x" } },
  ],
  ["B3 what ended", { ...ended, emptied: "x" }, {}],
  ["B3 incidents", { ...incident, emptied: "x" }, {}],
  ["B5 what is not 404", { ...shown, control: "x" }, {}],
])("applyBrakes() %s", (_name, candidate, changes) => {
  expect(brake(list(4, candidate), changes)).toEqual({ removed: 4, waiting: 0, withheld: {} });
});

test("applyBrakes() lets go the single entities that a person allowed, and holds the others", () => {
  const candidates = [...list(7, {}, "free"), ...list(3, { team: "x" }, "team")];
  const allowed = new Set(["free-0", "free-1", "team-2"]);
  const { remove, withheld } = applyBrakes({
    candidates,
    share: { threshold: 0.2, mostHeld: 4, before: 0 },
    reader: { mapping: "", owner: "" },
    hasMemory: true,
    isAllowed: (identifier) => allowed.has(identifier),
  });
  expect(remove.map(({ identifier }) => identifier).toSorted()).toEqual([...allowed].toSorted());
  expect(withheld.map(({ brake: name, identifiers }) => [name, identifiers.length])).toEqual([
    ["team", 2],
    ["share", 5],
  ]);
});

test("applyBrakes() tells each reason with whom it concerns", () => {
  const { withheld } = applyBrakes({
    candidates: [
      ...list(1, { team: "team A" }, "a"),
      ...list(2, { team: "team B" }, "b"),
      ...list(6, {}, "c"),
    ],
    share: { threshold: 0.2, mostHeld: 15, before: 1 },
    reader: { mapping: "", owner: "" },
    hasMemory: true,
    isAllowed: () => false,
  });
  expect(
    withheld.map(({ brake: name, reason, identifiers }) => [name, reason, identifiers.length]),
  ).toEqual([
    ["team", "team A", 1],
    ["team", "team B", 2],
    [
      "share",
      "6 would go, 1 went in the last 7 days, 3 more are not settled: together more than the 5 of 15 that may go in 7 days",
      6,
    ],
  ]);
});

const anyText = constantFrom("", "", "", "odd");
const anyCandidate = record({
  evidence: constantFrom("E1", "E2", "E3", "E4", "E5", "E6", "waits"),
  counts: boolean(),
  isGone: boolean(),
  isShown: boolean(),
  isAged: boolean(),
  emptied: anyText,
  team: anyText,
  control: anyText,
});
const anyInput = record({
  threshold: constantFrom(0, 0.1, 0.2, 0.9, 1),
  mostHeld: integer({ min: 0, max: 60 }),
  before: integer({ min: 0, max: 10 }),
  unsettled: integer({ min: 0, max: 5 }),
  mapping: anyText,
  owner: anyText,
  hasMemory: boolean(),
  isAllowed: boolean(),
});

test("applyBrakes() never lets more go that counts than the share, and puts each in one place", () => {
  const anyCandidates = array(anyCandidate, { maxLength: 40 });
  assert(
    property(anyCandidates, anyInput, (given, input) => {
      const { threshold, mostHeld, before, unsettled, mapping, owner, hasMemory, isAllowed } =
        input;
      const candidates = given.map((one, place) => ({
        ...one,
        identifier: `id-${place}`,
        why: "",
        isAllGone: one.isGone,
        isThere: false,
        isNew: false,
        counts: one.counts && one.evidence !== "waits",
      }));
      const share = { threshold, mostHeld, before };
      const braked = applyBrakes({
        candidates,
        share,
        unsettled,
        reader: { mapping, owner },
        hasMemory,
        isAllowed: () => isAllowed,
      });
      const { remove, waiting: left, withheld } = braked;
      const places = [
        ...remove.map(({ identifier }) => identifier),
        ...left.map(({ identifier }) => identifier),
        ...withheld.flatMap(({ identifiers }) => identifiers),
      ];
      expect(places.toSorted()).toEqual(candidates.map(({ identifier }) => identifier).toSorted());
      expect(withheld.every(({ reason }) => reason !== "")).toBe(true);
      // Nobody's word lets go what waits, nor what is 404 while by-id reading does not work.
      expect(remove.some(({ evidence }) => evidence === "waits")).toBe(false);
      expect(remove.some(({ isGone, control }) => isGone && control !== "")).toBe(false);
      if (isAllowed) return;
      const counted = remove.filter(({ counts }) => counts).length;
      if (counted > 0) expect(before + counted).toBeLessThanOrEqual(limitShare(share));
      if (threshold === 0) expect(remove).toEqual([]);
    }),
    { numRuns: caseCount(1000) },
  );
});
