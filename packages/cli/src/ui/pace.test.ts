import { expect, test } from "bun:test";
import { Pace } from "./pace.ts";

test("perSecond() is unknown before there is anything to measure", () => {
  const pace = new Pace();
  expect(pace.perSecond(1000, 5)).toBeUndefined();
  pace.note(1000, 5);
  expect(pace.perSecond(1000, 5)).toBeUndefined();
  expect(pace.perSecond(2000, 5)).toBeUndefined();
});

test("perSecond() is the growth per second since the first sample", () => {
  const pace = new Pace();
  pace.note(1000, 100);
  expect(pace.perSecond(3000, 150)).toBe(25);
});

test("perSecond() forgets what is longer ago than 15 s", () => {
  const pace = new Pace();
  // 10 a second for a minute, then 100 a second.
  for (let at = 0; at <= 60_000; at += 100) pace.note(at, at / 100);
  for (let at = 60_000; at <= 90_000; at += 100) pace.note(at, 600 + (at - 60_000) / 10);
  expect(pace.perSecond(90_000, 3600)).toBeCloseTo(100, 5);
});

test("perSecond() falls while nothing is counted", () => {
  const pace = new Pace();
  pace.note(0, 0);
  pace.note(1000, 100);
  expect(pace.perSecond(10_000, 100)).toBe(10);
});

test("restart() measures from there", () => {
  const pace = new Pace();
  pace.note(0, 0);
  pace.restart(1000, 5000);
  expect(pace.perSecond(2000, 5010)).toBe(10);
});
