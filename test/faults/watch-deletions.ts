import type { Sandbox } from "@pagerport/cli/sandbox";
import { nameRow, readWanted } from "../support/small-mapping.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";

/** Sees what goes from Port, and whether its object was there in PagerDuty by then. */
export interface DeletionWatch {
  /** What went while its object was there, or became a stub. */
  readonly wrong: readonly string[];
  /** How many went rightly, or became stubs. */
  readonly right: number;
  /** Compares Port with how it was the last time. */
  look(): Promise<void>;
  /** What Port has, stubs apart, and PagerDuty has not. */
  listStale(): Promise<string[]>;
  /** Calls it when those before it are done, as PagerDuty must not change while somebody looks. */
  takeTurn(work: () => void | Promise<void>): Promise<void>;
}

const allButOncalls = [
  "escalation_policies",
  "services",
  "users",
  "schedules",
  "open-incidents",
  "resolved-incidents",
] as const;

/** How far ahead PagerDuty tells on-calls; milliseconds. */
const ahead = 90 * 86_400_000;

/** Watches what the default mapping makes of an account. */
export function watchDeletions(sandbox: Sandbox): DeletionWatch {
  const wrong: string[] = [];
  let right = 0;
  let before = new Set<string>();
  let turns = Promise.resolve();
  return {
    wrong,
    get right() {
      return right;
    },
    async look() {
      const now = listPresent(sandbox);
      const gone = [...before].filter((name) => !now.has(name));
      before = now;
      if (gone.length === 0) return;
      const there = await readThere(sandbox, sandbox.clock.now());
      const wronglyGone = gone.filter((name) => there.has(name));
      wrong.push(...wronglyGone);
      right += gone.length - wronglyGone.length;
    },
    async listStale() {
      // Runs ask for on-calls since the time of their own machine.
      const there = await readThere(
        sandbox,
        Math.min(testClock.now(), sandbox.clock.now()) - 60_000,
      );
      return [...listPresent(sandbox)].filter((name) => !there.has(name));
    },
    takeTurn(work) {
      const turn = turns.then(work);
      turns = turn.catch(() => undefined);
      return turn;
    },
  };
}

/** All entities by name but stubs. */
function listPresent({ port }: Sandbox): Set<string> {
  const whole = port.entities().filter(({ properties }) => properties["status"] !== "deleted");
  return new Set(whole.map(({ blueprint, identifier }) => `${blueprint} ${identifier}`));
}

/** What is to be there by what PagerDuty really has. @param since from when on on-calls count */
async function readThere(sandbox: Sandbox, since: number): Promise<Set<string>> {
  const wanted = await readWanted(sandbox, { kinds: allButOncalls }, {});
  const range = `since=${toTime(since)}&until=${toTime(sandbox.clock.now() + ahead)}`;
  const oncalls = await sandbox.pagerduty.list(`/oncalls?${range}`);
  wanted.set("pagerdutyOncall", new Set(oncalls.map((row) => nameRow("oncalls", row))));
  const names = [...wanted].flatMap(([blueprint, identifiers]) =>
    [...identifiers].map((identifier) => `${blueprint} ${identifier}`),
  );
  return new Set(names);
}

function toTime(moment: number): string {
  return new Date(moment).toISOString();
}
