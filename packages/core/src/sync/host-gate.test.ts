import { expect, test } from "bun:test";
import { HostGate } from "./host-gate.ts";
import { testClock } from "../testing/test-clock.ts";

test("HostGate does not wait longer where the machine's clock is put back", () => {
  let now = 7_200_000;
  const listener = { onPause: () => undefined, onResume: () => undefined };
  const gate = new HostGate({ ...testClock, now: () => now }, listener);
  gate.pause("Port", "503");
  expect(gate.wait).toBe(1000);
  now -= 3_600_000;
  expect(gate.wait).toBe(1000);
  now += 1000;
  expect(gate.wait).toBe(0);
});
