import { expect, test } from "bun:test";
import type { WantedEntity } from "../catalog-findings.ts";
import { PendingLooks } from "./pending-looks.ts";

function want(identifier: string, title: string): WantedEntity {
  const entity = { identifier, blueprint: "service", title, properties: {}, relations: {} };
  return { entity, ignored: new Set() };
}

test("PendingLooks gives out what has waited, the latest of each entity", () => {
  const pending = new PendingLooks();
  pending.addWanted(want("P1", "old"), 1);
  pending.addWanted(want("P1", "new"), 5);
  pending.addWanted(want("P2", "gone by now"), 2);
  pending.addGone({ blueprint: "service", identifier: "P2" }, 3);
  pending.addWanted(want("P3", "later"), 9);
  expect(pending.take(5)).toEqual({
    wanted: [want("P1", "new")],
    gone: [{ blueprint: "service", identifier: "P2" }],
  });
  expect(pending.size).toBe(1);
});

test("PendingLooks takes back what could not be looked at, and not in the place of something newer", () => {
  const pending = new PendingLooks();
  pending.addWanted(want("P1", "old"), 1);
  pending.addGone({ blueprint: "service", identifier: "P2" }, 1);
  const due = pending.take(1);
  pending.addWanted(want("P1", "new"), 2);
  pending.putBack(due, 3);
  expect(pending.take(3)).toEqual({
    wanted: [want("P1", "new")],
    gone: [{ blueprint: "service", identifier: "P2" }],
  });
});
