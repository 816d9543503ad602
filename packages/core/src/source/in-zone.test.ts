import { expect, test } from "bun:test";
import { withZone, writeInUtc, writeTimesIn } from "./in-zone.ts";

test("writeTimesIn() writes PagerDuty's times as the zone's clocks show them, and nothing else", () => {
  const incident = {
    id: "Q1",
    title: "2026-07-15T12:34:56Z",
    created_at: "2026-07-15T12:34:56Z",
    updated_at: "2026-07-15T08:34:56.789-04:00",
    resolved_at: null,
    last_status_change_at: "not a time",
    assignments: [{ at: "2026-12-15T12:00:00Z", assignee: { id: "U1" } }],
    first_trigger_log_entry: {
      created_at: "2026-07-15T12:34:56Z",
      // Whoever sent the alert wrote this.
      channel: { details: { started_at: "2026-07-15T12:34:56Z" } },
    },
    custom_fields: [{ value: "2026-07-15T12:34:56Z", at: "2026-07-15T12:34:56Z" }],
  };
  expect(writeTimesIn(incident, "America/Los_Angeles")).toEqual({
    ...incident,
    created_at: "2026-07-15T05:34:56-07:00",
    updated_at: "2026-07-15T05:34:56.789-07:00",
    assignments: [{ at: "2026-12-15T04:00:00-08:00", assignee: { id: "U1" } }],
    first_trigger_log_entry: {
      ...incident.first_trigger_log_entry,
      created_at: "2026-07-15T05:34:56-07:00",
    },
  });
  expect(writeTimesIn(incident, "UTC")).toEqual({
    ...incident,
    updated_at: "2026-07-15T12:34:56.789Z",
  });
  const usual = { ...incident, updated_at: "2026-07-15T12:34:56Z" };
  expect(writeTimesIn(usual, "UTC")).toBe(usual);
});

test("writeInUtc() gives one text for one moment", () => {
  const texts = ["2026-07-15T12:34:56Z", "2026-07-15T05:34:56-07:00", "2026-07-15T18:04:56+05:30"];
  expect(new Set(texts.map(writeInUtc))).toEqual(new Set(["2026-07-15T12:34:56Z"]));
  expect(writeInUtc("soon")).toBe("soon");
});

test("withZone() asks for UTC unless a zone is asked for", () => {
  expect(withZone([["limit", "1"]])).toEqual([
    ["limit", "1"],
    ["time_zone", "UTC"],
  ]);
  expect(withZone([["time_zone", "Asia/Tokyo"]])).toEqual([["time_zone", "Asia/Tokyo"]]);
});
