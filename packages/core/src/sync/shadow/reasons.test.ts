import { expect, test } from "bun:test";
import { parseMapping } from "../../map/parse/parse-mapping.ts";
import type { Difference } from "./entity-look.ts";
import type { OpenDifference, WriterState } from "./ledger.ts";
import { createExplainer, longestUntold } from "./reasons.ts";

const hour = 3_600_000;
const start = Date.UTC(2026, 2, 2);

const text = JSON.stringify({
  resources: [
    { kind: "incidents", name: "incident", url: ".html_url" },
    { kind: "users", name: "user", url: "$ENV.SECRET" },
    { kind: "schedules", name: "schedule", url: ".env" },
  ].map(({ kind, name, url }) => ({
    kind,
    selector: { query: "true" },
    port: {
      entity: {
        mappings: { identifier: ".id", blueprint: `"${name}"`, properties: { url } },
      },
    },
  })),
});

const explain = createExplainer(await parseMapping(text), {
  newerSchedules: new Set(["NEW"]),
  longKinds: new Set(),
});

/** Ocean resynced in the third hour. */
const resynced: WriterState = {
  lastStart: start + 3 * hour,
  lastEnd: start + 3 * hour + 1,
  hasFailed: false,
  resyncs: 1,
  failed: 0,
};

interface Case extends Partial<Omit<OpenDifference, "difference">> {
  readonly difference?: Partial<Difference>;
  readonly writer?: Partial<WriterState>;
}

function reasonOf({ difference, writer, ...open }: Case): string | undefined {
  const whole: Difference = { place: "properties.url", port: "1", pagerport: "2", wanted: "a" };
  return explain(
    {
      blueprint: "incident",
      identifier: "Q1",
      since: start,
      seenAt: start + 4 * hour,
      settledAt: start + hour,
      updatedAt: start,
      reason: undefined,
      isListed: undefined,
      ...open,
      difference: { ...whole, ...difference },
    },
    { ...resynced, ...writer },
  );
}

const missing = { place: "(missing)" } as const;

test.each<[string, Case, string | undefined]>([
  ["what has outlived a resync", {}, undefined],
  ["what is newer than the last resync", { since: start + 3.5 * hour }, "next-resync"],
  ["what was seen before the resync had ended", { seenAt: start + 3 * hour }, "next-resync"],
  ["what a resync left that failed", { writer: { hasFailed: true } }, "failed-resync"],
  [
    "what Port says nothing of the resyncs of",
    { writer: { lastStart: undefined, lastEnd: undefined } },
    "next-resync",
  ],
  [
    "the same after more than a day",
    {
      seenAt: start + longestUntold,
      writer: { lastStart: undefined, lastEnd: undefined },
    },
    undefined,
  ],
  [
    "what is empty since a live event",
    { since: start + 3.5 * hour, difference: { isEmptied: true } },
    "live-emptied",
  ],
  [
    "what a resync filled and an event emptied again",
    { updatedAt: start + 3.5 * hour, difference: { isEmptied: true } },
    "live-emptied",
  ],
  ["what a resync leaves empty", { difference: { isEmptied: true } }, undefined],
  [
    "what is empty of a kind without live events",
    { blueprint: "schedule", since: start + 3.5 * hour, difference: { isEmptied: true } },
    "next-resync",
  ],
  ["a relation of numbers", { difference: { isAlike: true } }, "relation-values"],
  ["an icon", { difference: { place: "icon" } }, "icon"],
  ["a value out of the environment", { blueprint: "user" }, "environment"],
  ["a key that is called env", { blueprint: "schedule" }, undefined],
  [
    "a schedule of the newer kind",
    { blueprint: "schedule", identifier: "NEW", difference: missing },
    "newer-schedules",
  ],
  ["a stub", { difference: { place: "(extra)", removal: "stub" } }, "stubs"],
  [
    "what is named and held back",
    { difference: { place: "(extra)", removal: "withheld", isNamed: true } },
    "stubs",
  ],
  ["what is held back", { difference: { place: "(extra)", removal: "withheld" } }, undefined],
  ["an incident that no list shows", { isListed: false, difference: missing }, "unlisted"],
  ["an incident that nobody knows whether lists show", { difference: missing }, "next-resync"],
  ["an incident that lists show", { isListed: true, difference: missing }, undefined],
  ["a user that is missing", { blueprint: "user", difference: missing }, undefined],
])("createExplainer() knows %s", (_, given, reason) => {
  expect(reasonOf(given)).toBe(reason);
});

test("createExplainer() knows what lies beyond the rows that Ocean reads", async () => {
  const long = createExplainer(await parseMapping(text), {
    newerSchedules: new Set(),
    longKinds: new Set(["incidents"]),
  });
  const difference: Difference = { ...missing, port: "", pagerport: "", wanted: "entity" };
  const open: OpenDifference = {
    blueprint: "incident",
    identifier: "Q1",
    since: start,
    seenAt: start + 4 * hour,
    settledAt: start + hour,
    updatedAt: undefined,
    reason: undefined,
    isListed: true,
    difference,
  };
  expect(long(open, resynced)).toBe("beyond-10000");
  expect(long({ ...open, blueprint: "user" }, resynced)).toBeUndefined();
});
