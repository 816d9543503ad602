import { expect, test } from "bun:test";
import { systemClock } from "../clock.ts";
import { HostGate } from "./host-gate.ts";

test("HostGate does not wait longer where the machine's clock is put back", () => {
  let now = 7_200_000;
  const listener = { onPause: () => undefined, onResume: () => undefined };
  const gate = new HostGate({ ...systemClock, now: () => now }, listener);
  gate.pause("Port", "503");
  expect(gate.wait).toBe(1000);
  now -= 3_600_000;
  expect(gate.wait).toBe(1000);
  now += 1000;
  expect(gate.wait).toBe(0);
});
