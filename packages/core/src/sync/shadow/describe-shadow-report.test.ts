import { expect, test } from "bun:test";
import {
  describeShadowReport,
  listShadowLines,
  summariseShadowReport,
} from "./describe-shadow-report.ts";
import type { ShadowReport, ShadowRow } from "./shadow-report.ts";

const start = Date.UTC(2026, 2, 2, 0, 30);
const hour = 3_600_000;

function row(given: Partial<ShadowRow>): ShadowRow {
  return {
    blueprint: "pagerdutyIncident",
    place: "properties.urgency",
    reason: undefined,
    now: 2,
    ended: 0,
    since: start,
    example: { identifier: "Q1", port: '"low"', pagerport: '"high"' },
    ...given,
  };
}

const empty: ShadowReport = {
  writer: "ocean",
  startedAt: start,
  at: start + 168 * hour,
  fullRuns: 7,
  deltaRuns: 161,
  failedRuns: 0,
  events: 1204,
  resyncs: 28,
  failedResyncs: 0,
  writes: [],
  toLookAt: [],
  byDesign: [],
  unsettled: 0,
  passed: 0,
  dropped: 0,
  unfinished: [],
};

const nothing = { identifier: "P2", port: "", pagerport: "" };

test("describeShadowReport() begins with what is to be looked at", () => {
  const report: ShadowReport = {
    ...empty,
    failedRuns: 1,
    failedResyncs: 2,
    unsettled: 3,
    passed: 214,
    unfinished: ["teams[0]: PagerDuty answered 403"],
    toLookAt: [
      row({}),
      row({ blueprint: "pagerdutyUser", place: "(extra)", now: 0, ended: 11, example: nothing }),
    ],
    byDesign: [
      row({ reason: "next-resync", now: 5, ended: 40 }),
      row({ reason: "stubs", blueprint: "pagerdutyService", place: "(extra)", example: nothing }),
    ],
    writes: [
      {
        blueprint: "pagerdutyIncident",
        events: 1100,
        created: 3,
        updated: 340,
        deleted: 0,
        stubbed: 0,
        withheld: 0,
      },
    ],
  };
  expect(describeShadowReport(report).join("\n")).toBe(
    `
Shadow beside 'ocean', 2026-03-02 00:30 to 2026-03-09 00:30 (168 h). Nothing was written.
7 full and 161 delta runs, 1 that broke off, 1204 events; 'ocean' ended 28 resyncs, of which 2 did not end well.
Not looked at: teams[0]: PagerDuty answered 403

To be looked at: ocean writes otherwise, and nothing explains it. Not counted: 3 seen too lately, 214 that passed within minutes.
  blueprint          field               now  ended  since             example
  pagerdutyIncident  properties.urgency    2      0  2026-03-02 00:30  Q1: "low" in Port, "high" here
  pagerdutyUser      (extra)               0     11  2026-03-02 00:30  P2

Differs by design:
  next-resync: changed since its last resync, and its live events did not bring it: its next one does
    pagerdutyIncident  properties.urgency  5 now  40 ended  Q1
  stubs: gone, and named by what stays: it leaves it as it was; pagerport makes stubs of services, or holds back many
    pagerdutyService  (extra)  2 now  0 ended  P2

Would have written (by runs, each thing once; by events, whatever Port had):
  blueprint          by events  created  updated  deleted  stubs  held back
  pagerdutyIncident       1100        3      340        0      0          0`.slice(1),
  );
  expect(summariseShadowReport(report)).toBe(
    "Shadow: 2 differences from what 'ocean' writes to be looked at; 7 by design, 3 seen too lately to count. Nothing was written",
  );
});

test("describeShadowReport() says that there is nothing to be looked at", () => {
  expect(describeShadowReport(empty)).toContain(
    "To be looked at: nothing. Not counted: 0 seen too lately, 0 that passed within minutes.",
  );
});

test("describeShadowReport() cuts long values and many rows", () => {
  const long = { identifier: "Q1", port: JSON.stringify("x".repeat(90)), pagerport: "null" };
  const rows = Array.from({ length: 31 }, (_, place) =>
    row({ place: `properties.${place}`, example: long }),
  );
  const lines = describeShadowReport({ ...empty, toLookAt: rows });
  expect(lines.at(-1)).toBe("  … and 1 more rows");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(160);
});

test("listShadowLines() is the report as NDJSON: the whole first, then each row", () => {
  const toLookAt = [row({})];
  const byDesign = [row({ reason: "icon", place: "icon" })];
  const lines = listShadowLines({ ...empty, toLookAt, byDesign });
  expect(lines).toMatchObject([
    {
      type: "report",
      at: "2026-03-09T00:30:00.000Z",
      startedAt: "2026-03-02T00:30:00.000Z",
      events: 1204,
    },
    {
      type: "difference",
      reason: "look-at",
      place: "properties.urgency",
      now: 2,
      since: "2026-03-02T00:30:00.000Z",
    },
    { type: "difference", reason: "icon", place: "icon" },
  ]);
});
