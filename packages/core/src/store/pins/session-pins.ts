import type { PinMemory, Pins } from "./pins.ts";

/**
 * Pins of which a process also knows what its own looks have found: a first run has nothing to remember yet,
 * and a credential that is replaced in the middle of it must be of the same account all the same. What is
 * remembered anew meanwhile, by another process that was told to, counts more.
 */
export function createSessionPins(memory: PinMemory): PinMemory {
  let noted: Pins = {};
  /** What was remembered when that was noted. */
  let before: Pins = {};
  const choose = (name: "account" | "portOrg", known: Pins): string | undefined =>
    known[name] === before[name] ? (noted[name] ?? known[name]) : known[name];
  return {
    async read() {
      const known = await memory.read();
      const isMoved =
        noted.account !== undefined &&
        known.account !== before.account &&
        known.account !== noted.account;
      const pins = { account: choose("account", known), portOrg: choose("portOrg", known) };
      return isMoved ? { ...pins, isMoved } : pins;
    },
    keep: (pins) => memory.keep(pins),
    async note({ account, portOrg }) {
      before = await memory.read();
      noted = { account: account ?? noted.account, portOrg: portOrg ?? noted.portOrg };
    },
  };
}
