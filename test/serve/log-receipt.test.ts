import { expect, test } from "bun:test";
import type { WebhookReceipt } from "@pagerport/core";
import { FakeClock } from "../../packages/core/src/testing/fake-clock.ts";
import { createLog } from "../../packages/cli/src/ui/log.ts";
import { logReceipt } from "../../packages/cli/src/serve/log-receipt.ts";
import { linePeriod, mostLines } from "../../packages/cli/src/serve/throttle-lines.ts";
import {
  mostInRow,
  tellAgainAfter,
  watchSignatures,
} from "../../packages/cli/src/serve/watch-signatures.ts";

function create() {
  const lines: Record<string, unknown>[] = [];
  const write = (text: string): void => void lines.push(JSON.parse(text));
  const output = { write, isTTY: false, columns: 80 };
  return {
    log: createLog({ output, level: "debug", now: () => 0 }),
    lines,
    clock: new FakeClock(),
  };
}

const receipt: WebhookReceipt = {
  status: 202,
  outcome: "accepted",
  reason: undefined,
  eventId: "01F",
  eventType: "incident.triggered",
  key: "incidents/Q1",
  signature: "matched",
  signedBy: "PD_WEBHOOK_SECRET",
  milliseconds: 2.4,
};
const refused = { ...receipt, outcome: "refused", status: 401, signature: "wrong" } as const;

test.each([
  ["accepted", "debug"],
  ["known", "debug"],
  ["ignored", "info"],
  ["refused", "warning"],
  ["dead", "error"],
  ["unavailable", "error"],
] as const)("logReceipt() tells of what is %s as %s", (outcome, level) => {
  const { log, lines, clock } = create();
  logReceipt(log, clock)({ ...receipt, outcome });
  expect(lines).toMatchObject([{ level, event: "01F", outcome, status: 202, ms: 2 }]);
});

test.each(["refused", "unavailable"] as const)(
  "logReceipt() tells of a flood that is %s in one line a minute, after the first ones",
  async (outcome) => {
    const { log, lines, clock } = create();
    const tell = logReceipt(log, clock);
    const flood = (count: number): void => {
      for (let one = 0; one < count; one += 1) tell({ ...refused, outcome, milliseconds: one });
    };
    flood(1000);
    expect(lines).toHaveLength(mostLines);
    await clock.advance(linePeriod);
    expect(lines.slice(mostLines)).toMatchObject([
      { count: 1000 - mostLines, status: 401, ms: 999 },
    ]);
    flood(500);
    await clock.advance(linePeriod);
    expect(lines.slice(mostLines + 1)).toMatchObject([{ count: 500 }]);
    // After a minute of rest each is worth a line again.
    await clock.advance(linePeriod);
    expect(clock.sleeping).toBe(0);
    flood(1);
    expect(lines).toHaveLength(mostLines + 3);
    expect(lines.at(-1)?.["count"]).toBeUndefined();
  },
);

test("watchSignatures() tells once an hour that one after another is signed with an unknown secret", async () => {
  const { log, lines, clock } = create();
  const watch = watchSignatures({ log, clock, hasConfigured: true });
  const missing = { ...refused, signature: "missing" } as const;
  for (const one of [refused, refused, receipt, refused, refused, missing]) watch(one);
  expect(lines).toEqual([]);
  for (let one = 0; one < 100; one += 1) watch(refused);
  expect(lines).toMatchObject([{ level: "error", setting: "PD_WEBHOOK_SECRET", count: mostInRow }]);
  expect(lines[0]?.["message"]).toContain("PD_WEBHOOK_SECRET is not the secret");
  await clock.advance(tellAgainAfter);
  watch(refused);
  expect(lines).toHaveLength(2);
  watch(receipt);
  watch(receipt);
  expect(lines.slice(2)).toMatchObject([
    { level: "info", message: "Webhooks are signed with a known secret again" },
  ]);
});

test("watchSignatures() names the store where the settings give no secret", () => {
  const { log, lines, clock } = create();
  const watch = watchSignatures({ log, clock, hasConfigured: false });
  for (let one = 0; one < mostInRow; one += 1) watch(refused);
  expect(lines).toMatchObject([{ setting: "PAGERPORT_STATE_DIR" }]);
});
