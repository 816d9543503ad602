import { expect, test } from "bun:test";
import { parseMoment } from "./parse-moment.ts";

test("parseMoment() reads a time without a zone as one of the zone that is named", () => {
  const table: [string, string, string][] = [
    ["2026-01-15T12:00:00Z", "America/New_York", "2026-01-15T12:00:00Z"],
    ["2026-01-15T12:00:00+02:00", "America/New_York", "2026-01-15T10:00:00Z"],
    ["2026-01-15 12:00", "America/New_York", "2026-01-15T17:00:00Z"],
    ["2026-07-15T12:00:00.123", "America/New_York", "2026-07-15T16:00:00Z"],
    ["2026-01-15", "Asia/Tokyo", "2026-01-14T15:00:00Z"],
    // Runtimes bring zone data that differ in this.
    ["2026-12-15T09:00", "America/Vancouver", "2026-12-15T16:00:00Z"],
    ["2026-12-15T09:00", "America/Edmonton", "2026-12-15T15:00:00Z"],
    // Shown twice: the first.
    ["2026-11-01T01:30", "America/New_York", "2026-11-01T05:30:00Z"],
    ["2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00Z"],
    ["2026-04-05T01:45", "Australia/Lord_Howe", "2026-04-04T14:45:00Z"],
    // The day begins at one o'clock.
    ["2026-04-24", "Africa/Cairo", "2026-04-23T22:00:00Z"],
  ];
  for (const [text, zone, expected] of table) {
    expect([text, zone, parseMoment(text, zone)]).toEqual([text, zone, Date.parse(expected)]);
  }
});

test("parseMoment() says what clocks did instead of showing a time that they skip", () => {
  const table: [string, string, string][] = [
    [
      "2026-03-08T02:30",
      "America/New_York",
      "clocks there went from 2026-03-08 02:00 to 2026-03-08 03:00",
    ],
    [
      "2026-10-04T02:15",
      "Australia/Lord_Howe",
      "clocks there went from 2026-10-04 02:00 to 2026-10-04 02:30",
    ],
    [
      "2026-04-24T00:10",
      "Africa/Cairo",
      "clocks there went from 2026-04-24 00:00 to 2026-04-24 01:00",
    ],
    ["2011-12-30", "Pacific/Apia", "clocks there went from 2011-12-30 00:00 to 2011-12-31 00:00"],
    ["2026-01-01", "Mars/Base", "'Mars/Base' is not the name of a time zone"],
    ["2026-13-01", "UTC", "'2026-13-01' is not a date"],
  ];
  for (const [text, zone, expected] of table) {
    expect(() => parseMoment(text, zone)).toThrow(expected);
  }
});
