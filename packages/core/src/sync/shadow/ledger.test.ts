import { expect, test } from "bun:test";
import type { Difference, EntityLook } from "./entity-look.ts";
import { createLedger, type Ledger, listOpen, noteEnd, noteLook, settleTime } from "./ledger.ts";
import { readLedger, writeLedger } from "./ledger-text.ts";

const start = Date.UTC(2026, 2, 2);
const minute = 60_000;
const explainNothing = (): undefined => undefined;

function differ(place: string, wanted = "a"): Difference {
  return { place, port: "1", pagerport: "2", wanted };
}

function look(at: number, ...differences: readonly Difference[]): EntityLook {
  const name = { blueprint: "service", identifier: "P1" };
  return { ...name, at: start + at, updatedAt: start, differences };
}

function noteAll(looks: readonly EntityLook[]): Ledger {
  const ledger = createLedger(start);
  for (const one of looks) noteLook(ledger, one, explainNothing);
  return ledger;
}

function settledOf(ledger: Ledger): (number | undefined)[] {
  return listOpen(ledger).map(({ settledAt }) =>
    settledAt === undefined ? undefined : settledAt - start,
  );
}

test("noteLook() lets a difference count that is seen twice, far enough apart", () => {
  const title = differ("title");
  expect(settledOf(noteAll([look(0, title)]))).toEqual([undefined]);
  expect(settledOf(noteAll([look(0, title), look(settleTime - 1, title)]))).toEqual([undefined]);
  const counted = noteAll([look(0, title), look(settleTime, title), look(2 * settleTime, title)]);
  expect(settledOf(counted)).toEqual([settleTime]);
});

test("noteLook() begins anew where something else is to be written by now", () => {
  const ledger = noteAll([look(0, differ("title", "a")), look(settleTime, differ("title", "b"))]);
  expect(settledOf(ledger)).toEqual([undefined]);
  noteLook(ledger, look(2 * settleTime, differ("title", "b")), explainNothing);
  expect(settledOf(ledger)).toEqual([2 * settleTime]);
});

test("noteLook() forgets what passes before it counts, and remembers how often what counted ended", () => {
  const ledger = noteAll([look(0, differ("title"), differ("icon")), look(minute, differ("icon"))]);
  expect([ledger.passed, listOpen(ledger).length]).toEqual([1, 1]);
  noteLook(ledger, look(settleTime, differ("icon")), explainNothing);
  noteLook(ledger, look(settleTime + minute), explainNothing);
  expect([ledger.passed, ledger.open.size]).toEqual([1, 0]);
  expect([...ledger.ended.values()]).toEqual([
    {
      blueprint: "service",
      place: "icon",
      reason: undefined,
      count: 1,
      first: start,
      last: start + settleTime + minute,
      example: { identifier: "P1", port: "1", pagerport: "2" },
    },
  ]);
});

test("noteLook() counts each thing that would be written once", () => {
  const ledger = noteAll([
    look(0, differ("title")),
    look(minute, differ("title")),
    look(2 * minute, differ("title", "b"), differ("icon")),
    look(3 * minute),
    look(4 * minute, { ...differ("(missing)"), port: "", pagerport: "" }),
    look(5 * minute, { ...differ("(extra)"), removal: "withheld" }),
    look(6 * minute, { ...differ("(extra)"), removal: "delete" }),
  ]);
  expect(ledger.writes.get("service")).toEqual({
    events: 0,
    created: 1,
    updated: 2,
    deleted: 1,
    stubbed: 0,
    withheld: 1,
  });
});

test("readLedger() reads what writeLedger() wrote, and nothing of another layout", () => {
  const ledger = noteAll([look(0, differ("title")), look(settleTime, differ("title"))]);
  const [open] = listOpen(ledger);
  if (open !== undefined) noteEnd(ledger, open, start + settleTime);
  noteLook(ledger, look(settleTime, differ("icon")), explainNothing);
  ledger.lastFull = start;
  expect(readLedger(writeLedger(ledger))).toEqual(ledger);
  expect(readLedger(JSON.stringify({ version: 99 }))).toBeUndefined();
});
