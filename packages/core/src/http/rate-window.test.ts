import { expect, test } from "bun:test";
import { RateWindow } from "./rate-window.ts";

const limit = 960;
const minute = 60_000;

/** What the host says of a request that it counts at a moment, after so many of all. */
function tell(window: RateWindow, at: number, counted: number, answeredAt = at): void {
  const remaining = limit - counted;
  window.observe({ limit, remaining, resetIn: minute - answeredAt }, { sentAt: at, answeredAt });
}

/** A window of a minute that begins at 0, of which another client uses 8 requests a second, and we 2. */
function observeUntil(end: number): RateWindow {
  const window = new RateWindow();
  for (let at = 0; at <= end; at += 500) tell(window, at, at / 100);
  return window;
}

test("RateWindow.pace() leaves others what they take until the end, and have taken since the last answer", () => {
  const window = observeUntil(20_000);
  const left = limit - 200 - 0.05 * limit;
  const pace = (now: number): number => window.pace(now, 3) * 1000;
  // At once after the reading: 40 s of others' 8 a second are theirs.
  expect(pace(20_000)).toBeCloseTo((left - 3) / 40 - 8);
  // Ten seconds after the answer: 80 more are gone, and 30 s are left.
  expect(pace(30_000)).toBeCloseTo((left - 3 - 80) / 30 - 8);
});

test("RateWindow.pace() takes nobody for another client where our own answers come in another order", () => {
  const window = new RateWindow();
  // The first requests of a window are answered last.
  const counted = Array.from({ length: 40 }, (_, place) => place);
  for (const place of counted.slice(20)) tell(window, place * 100, place);
  for (const place of counted.slice(0, 20)) tell(window, place * 100, place, 5000);
  expect(window.pace(5000, 0)).toBeCloseTo((limit - 39 - 0.05 * limit) / 55_000);
});

test("RateWindow.pace() lets a few requests a window find out whether others have used up the rest", () => {
  const window = observeUntil(50_000);
  expect(window.pace(50_000, 100)).toBeGreaterThan(4 / minute);
  expect(window.pace(50_000, 380)).toBe(4 / minute);
});
