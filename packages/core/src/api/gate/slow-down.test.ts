import { expect, test } from "bun:test";
import { FakeClock } from "../../testing/fake-clock.ts";
import { createSlowDown, freeFailures, longestWait, mostAddresses } from "./slow-down.ts";

function failOften(
  slowDown: ReturnType<typeof createSlowDown>,
  address: string,
  times: number,
): void {
  for (let count = 0; count < times; count += 1) slowDown.fail(address);
}

test("createSlowDown() doubles the wait with each failure, up to half a minute", () => {
  const slowDown = createSlowDown({ clock: new FakeClock() });
  failOften(slowDown, "10.0.0.1", freeFailures - 1);
  const waits = Array.from({ length: 8 }, () => {
    const wait = slowDown.waitOf("10.0.0.1");
    slowDown.fail("10.0.0.1");
    return wait;
  });
  expect(waits).toEqual([0, 1000, 2000, 4000, 8000, 16_000, longestWait, longestWait]);
});

test("createSlowDown() forgets after ten quiet minutes", async () => {
  const clock = new FakeClock();
  const slowDown = createSlowDown({ clock });
  failOften(slowDown, "10.0.0.1", 20);
  await clock.advance(600_000);
  slowDown.fail("10.0.0.1");
  expect(slowDown.waitOf("10.0.0.1")).toBe(0);
});

test.each([
  ["2001:db8:1:2::1", "2001:DB8:1:2:ffff:0:0:9", true],
  ["2001:db8::1", "2001:db8:0:0:7::", true],
  ["::1", "::2", true],
  ["fe80::1%eth0", "fe80::2%eth1", true],
  ["::ffff:10.0.0.1", "10.0.0.1", true],
  ["2001:db8:1:2::1", "2001:db8:1:3::1", false],
  ["10.0.0.1", "10.0.0.2", false],
  ["::ffff:10.0.0.1", "::ffff:10.0.0.2", false],
])("createSlowDown() of %s and %s: one and the same is %p", (one, other, isSame) => {
  const slowDown = createSlowDown({ clock: new FakeClock() });
  failOften(slowDown, one, freeFailures);
  expect(slowDown.waitOf(other) > 0).toBe(isSame);
});

test("createSlowDown() remembers a thousand addresses, and forgets the one that failed longest ago", () => {
  const slowDown = createSlowDown({ clock: new FakeClock() });
  const addressOf = (number: number): string => `10.0.${number >> 8}.${number & 255}`;
  for (let number = 0; number <= mostAddresses; number += 1) {
    failOften(slowDown, addressOf(number), freeFailures);
  }
  expect(slowDown.waitOf(addressOf(0))).toBe(0);
  expect(slowDown.waitOf(addressOf(1))).toBe(1000);
  expect(slowDown.waitOf(addressOf(mostAddresses))).toBe(1000);
});
