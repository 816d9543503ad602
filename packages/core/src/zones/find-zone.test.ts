import { expect, test } from "bun:test";
import moment from "moment-timezone";
import { findZone } from "./find-zone.ts";

const minute = 60_000;
const day = 86_400_000;

/** What is shown, as text without a zone. */
function shown(text: string): number {
  return Date.parse(`${text}Z`);
}

function momentsOf(zone: string, text: string): string[] | undefined {
  return findZone(zone)
    ?.momentsOf(shown(text))
    .map((at) => new Date(at).toISOString());
}

test("offsetAt() is what the library says around every change, in all its zones", () => {
  const wrong: string[] = [];
  let compared = 0;
  for (const name of moment.tz.names()) {
    const zone = findZone(name);
    const known = moment.tz.zone(name);
    if (zone === undefined || known === null) throw new Error(name);
    expect(zone.name).toBe(name);
    for (const change of known.untils.filter((at) => at > Date.UTC(1990) && at < Date.UTC(2050))) {
      for (const at of [change - 1, change, change + 1]) {
        compared += 1;
        if (zone.offsetAt(at) !== 0 - known.utcOffset(at) * minute) wrong.push(`${name} ${at}`);
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(compared).toBeGreaterThan(50_000);
});

test("findZone() takes names in any case, gives their own spelling, and knows no others", () => {
  const names = [
    "europe/berlin",
    "utc",
    "ETC/utc",
    "Europe/Kiev",
    "America/Argentina/Buenos_Aires",
  ];
  expect(names.map((name) => findZone(name)?.name)).toEqual([
    "Europe/Berlin",
    "UTC",
    "Etc/UTC",
    "Europe/Kiev",
    "America/Argentina/Buenos_Aires",
  ]);
  for (const name of [
    "",
    "Berlin",
    "Mars/Base",
    "+02:00",
    "Europe/",
    "Africa/Abidjan Africa/Accra",
    "|",
    "EUROPE",
  ]) {
    expect([name, findZone(name)]).toEqual([name, undefined]);
  }
});

test("momentsOf() knows one, none where clocks skip a time, and two where they show it twice", () => {
  const table: [string, string, string[]][] = [
    ["America/New_York", "2026-03-08T01:59:59", ["2026-03-08T06:59:59.000Z"]],
    ["America/New_York", "2026-03-08T02:30:00", []],
    ["America/New_York", "2026-03-08T03:00:00", ["2026-03-08T07:00:00.000Z"]],
    [
      "America/New_York",
      "2026-11-01T01:30:00",
      ["2026-11-01T05:30:00.000Z", "2026-11-01T06:30:00.000Z"],
    ],
    [
      "Europe/Berlin",
      "2026-10-25T02:30:00",
      ["2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"],
    ],
    ["Australia/Lord_Howe", "2026-10-04T02:15:00", []],
    [
      "Australia/Lord_Howe",
      "2026-04-05T01:45:00",
      ["2026-04-04T14:45:00.000Z", "2026-04-04T15:15:00.000Z"],
    ],
    // Samoa went over the date line: the day of the 30th was left out.
    ["Pacific/Apia", "2011-12-30T12:00:00", []],
    ["Pacific/Apia", "2011-12-31T00:00:00", ["2011-12-30T10:00:00.000Z"]],
    // British Columbia and Alberta stay on summer time from 2026 on: runtimes differ in whether they know.
    ["America/Vancouver", "2026-12-15T09:00:00", ["2026-12-15T16:00:00.000Z"]],
    ["America/Edmonton", "2026-12-15T09:00:00", ["2026-12-15T15:00:00.000Z"]],
    ["UTC", "2026-12-15T09:00:00", ["2026-12-15T09:00:00.000Z"]],
    ["Asia/Kolkata", "2026-12-15T09:00:00", ["2026-12-15T03:30:00.000Z"]],
  ];
  for (const [zone, text, expected] of table) {
    expect([zone, text, momentsOf(zone, text)]).toEqual([zone, text, expected]);
  }
});

test("momentsOf() finds every moment from what clocks show at it", () => {
  for (const name of [
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Asia/Gaza",
  ]) {
    const zone = findZone(name);
    if (zone === undefined) throw new Error(name);
    for (let at = Date.UTC(2011, 0); at < Date.UTC(2030, 0); at += 7 * day + 13 * minute) {
      expect(zone.momentsOf(at + zone.offsetAt(at))).toContain(at);
    }
  }
});
