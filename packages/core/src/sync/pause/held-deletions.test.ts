import { expect, test } from "bun:test";
import { endPause, setPause } from "../../store/pause.ts";
import { readQueuedRun } from "../../store/queued-run.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { openTestStore } from "../../testing/open-test-store.ts";
import type { Reconciliation } from "../deletion/reconciliation.ts";
import { tellOfHeldDeletions } from "./held-deletions.ts";
import { createPauseGate } from "./pause-gate.ts";

const withheld = [
  { withheld: [{ brake: "refused", reason: "It is paused", identifiers: ["P1"] }] },
] as unknown as readonly Reconciliation[];

test.each(["before", "after"])(
  "tellOfHeldDeletions() has a full run asked for where the pause ends %s the run has noted what it left",
  async (when) => {
    await using store = await openTestStore();
    const { sql } = store;
    const pauses = createPauseGate({ sql, clock: new FakeClock() });
    await setPause(sql, { scope: "deletions", by: "ana" });
    const held = await tellOfHeldDeletions({ store, run: {}, pauses });
    expect(held.reason).toContain("Deletions are paused by ana");
    if (when === "before") await endPause(sql, { by: "ana" });
    await held.note(withheld);
    if (when === "after") await endPause(sql, { by: "ana" });
    expect(await readQueuedRun(sql)).toBe("full");
  },
);
