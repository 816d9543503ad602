import { expect, test } from "bun:test";
import { addMonths, formatIn, formatUtc, isTimeZone, parseTime } from "./zoned-time.ts";

const iso = (milliseconds: number | undefined): string | undefined =>
  milliseconds === undefined ? undefined : formatUtc(milliseconds / 1000);

test("parseTime() takes a time without a zone as one of the given zone", () => {
  const table: [string, string, string | undefined][] = [
    ["2026-01-15T12:00:00Z", "America/New_York", "2026-01-15T12:00:00Z"],
    ["2026-01-15T12:00:00+02:00", "America/New_York", "2026-01-15T10:00:00Z"],
    ["2026-01-15T12:00:00", "America/New_York", "2026-01-15T17:00:00Z"],
    ["2026-07-15T12:00:00", "America/New_York", "2026-07-15T16:00:00Z"],
    ["2026-07-15T12:00:00", "UTC", "2026-07-15T12:00:00Z"],
    ["2026-01-15", "Asia/Tokyo", "2026-01-14T15:00:00Z"],
    ["2026-01-15T12:00", "UTC", "2026-01-15T12:00:00Z"],
    ["2026-01-15T12:00:00 02:00", "UTC", undefined],
    ["2026-13-15T12:00:00Z", "UTC", undefined],
    ["yesterday", "UTC", undefined],
    ["", "UTC", undefined],
  ];
  for (const [text, zone, expected] of table) {
    expect([text, zone, iso(parseTime(text, zone))]).toEqual([text, zone, expected]);
  }
});

test("formatIn() writes the zone's offset, and Z for UTC", () => {
  const seconds = Date.parse("2026-07-15T12:34:56Z") / 1000;
  expect(formatIn("UTC")(seconds)).toBe("2026-07-15T12:34:56Z");
  expect(formatIn("America/New_York")(seconds)).toBe("2026-07-15T08:34:56-04:00");
  expect(formatIn("Asia/Kolkata")(seconds)).toBe("2026-07-15T18:04:56+05:30");
});

function after(text: string, months: number): string | undefined {
  return iso(addMonths(Date.parse(text), months));
}

test("addMonths() counts calendar months and stays within the month", () => {
  expect(after("2026-03-31T10:00:00Z", -1)).toBe("2026-02-28T10:00:00Z");
  expect(after("2026-08-31T00:00:00Z", 6)).toBe("2027-02-28T00:00:00Z");
  expect(after("2026-01-15T00:00:00Z", 6)).toBe("2026-07-15T00:00:00Z");
});

test("isTimeZone() tells names of zones from other text", () => {
  expect(["UTC", "Europe/Oslo", "Mars/Base", ""].map(isTimeZone)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
