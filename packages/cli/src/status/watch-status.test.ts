import { expect, test } from "bun:test";
import { ConfigError, NetworkError, type StatusReport } from "@pagerport/core";
import { emptyStatus } from "../../../core/src/testing/empty-status.ts";
import { FakeClock } from "../../../core/src/testing/fake-clock.ts";
import type { CliContext } from "../context.ts";
import { Interrupted } from "../interrupted.ts";
import { createContext } from "../testing/create-context.ts";
import { watchStatus } from "./watch-status.ts";

const run = {
  number: 1,
  type: "full",
  startedAt: emptyStatus.at,
  endedAt: emptyStatus.at,
  outcome: "complete",
} as const;
const well: StatusReport = { ...emptyStatus, runs: { ...emptyStatus.runs, lastFull: run } };
const dead: StatusReport = { ...well, inbox: { waiting: 0, dead: 2, oldest: null } };
const away = new NetworkError("It does not answer", { host: "x", method: "GET", url: "y" });

/** Watches until what there is to read is read, and interrupts then. */
async function watch(
  answers: readonly (StatusReport | Error)[],
  { isTTY = false, env = {} }: { readonly isTTY?: boolean; readonly env?: CliContext["env"] } = {},
): Promise<{ readonly printed: string[]; readonly error: unknown; readonly time: number }> {
  const printed: string[] = [];
  const clock = new FakeClock();
  const startedAt = clock.now();
  const controller = new AbortController();
  const stdout = { write: (text: string) => void printed.push(text), isTTY, columns: 80 };
  const context = { ...createContext(env), clock, stdout, signal: controller.signal };
  let place = 0;
  const read = (): Promise<StatusReport> => {
    const answer = answers[place];
    place += 1;
    if (place === answers.length) controller.abort(new Interrupted("SIGINT"));
    if (answer === undefined || answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve(answer);
  };
  const error: unknown = await clock
    .drive(watchStatus(read, context))
    .catch((reason: unknown) => reason);
  return { printed, error, time: clock.now() - startedAt };
}

test("watchStatus() draws anew every two seconds on a terminal, until it is interrupted", async () => {
  const { printed, error, time } = await watch([well, dead, dead], { isTTY: true });
  expect(printed).toHaveLength(3);
  expect(time).toBe(4000);
  for (const screen of printed) expect(screen).toStartWith("\u001B[H\u001B[2J");
  expect(printed[0]).toContain("all is well");
  expect(printed[1]).toContain("2 events failed for good");
  expect(error).toBeInstanceOf(Interrupted);
});

test("watchStatus() keeps what was known on the screen while nothing answers", async () => {
  const { printed } = await watch([dead, away, well], { isTTY: true });
  expect(printed[1]).toContain("It does not answer");
  expect(printed[1]).toContain("2 events failed for good");
  expect(printed[2]).not.toContain("It does not answer");
});

test.each([[{}], [{ isTTY: true, env: { TERM: "dumb" } }]])(
  "watchStatus() prints one line for each change where nothing can be drawn: %j",
  async (where) => {
    const later = { ...dead, at: "2026-11-25T10:00:02.000Z" };
    const { printed } = await watch([well, well, dead, later, away, away, well], where);
    expect(printed).toEqual([
      "2026-11-25T10:00:00.000Z all is well\n",
      "2026-11-25T10:00:00.000Z 1 for a person to decide; 2 events failed for good: a person has to look\n",
      expect.stringMatching(/Z It does not answer\n$/),
      "2026-11-25T10:00:00.000Z all is well\n",
    ] as unknown as string[]);
  },
);

test("watchStatus() ends where it was called wrongly", async () => {
  const { error } = await watch([new ConfigError("--url must be an address"), well]);
  expect(error).toBeInstanceOf(ConfigError);
});
