import { expect, test } from "bun:test";
import type { JobOutcome, SyncReport } from "@pagerport/core";
import { createLog } from "../ui/log.ts";
import { logRunEvent } from "./log-run-event.ts";
import { logServiceEvent } from "./log-service-event.ts";

function create() {
  const lines: Record<string, unknown>[] = [];
  const write = (text: string): void => void lines.push(JSON.parse(text));
  const output = { write, isTTY: false, columns: 80 };
  return { log: createLog({ output, level: "debug", now: () => 0 }), lines };
}

const event = { type: "incident.triggered", occurredAt: undefined, attempts: 0 };
const events = [
  { ...event, id: "1", receivedAt: 1000 },
  { ...event, id: "2", receivedAt: 4000 },
];
const setback = { error: "no", retryIn: 2000 };
const outcomes: readonly (readonly [JobOutcome, string])[] = [
  [{ outcome: "applied" }, "info"],
  [{ outcome: "deleted" }, "info"],
  [{ outcome: "ignored" }, "info"],
  [{ outcome: "withheld" }, "warning"],
  [{ outcome: "not-visible" }, "warning"],
  [{ outcome: "failed", ...setback }, "warning"],
  [{ outcome: "dead", ...setback }, "error"],
  [{ outcome: "postponed", ...setback, cause: undefined }, "debug"],
];

test.each(outcomes)("logServiceEvent() has one line for each event: %j, %s", (outcome, level) => {
  const { log, lines } = create();
  const tell = logServiceEvent(log, () => 5000);
  tell({ type: "processed", key: "incidents/Q1", events, outcome, milliseconds: 300.6 });
  const fields = { level, kind: "incidents", key: "incidents/Q1", outcome: outcome.outcome };
  expect(lines).toMatchObject([
    { ...fields, event: "1", ms: 301, sinceReceivedMs: 4000 },
    { ...fields, event: "2", ms: 301, sinceReceivedMs: 1000 },
  ]);
  const hasError = "error" in outcome;
  expect(lines[0]?.["error"]).toBe(hasError ? "no" : undefined);
  expect(lines[0]?.["retryInMs"]).toBe(hasError ? 2000 : undefined);
});

test("logServiceEvent() tells what a live event left in Port, and why", () => {
  const { log, lines } = create();
  const tell = logServiceEvent(log, () => 0);
  const processed = { type: "processed", key: "services/P1", events: [], milliseconds: 1 } as const;
  const entities = [{ blueprint: "service", identifier: "P1" }];
  const withheld = [{ brake: "share", reason: "too many", entities }];
  tell({ ...processed, outcome: { outcome: "withheld", withheld } });
  tell({ ...processed, outcome: { outcome: "deleted", stubbed: entities, kept: entities } });
  tell({ ...processed, outcome: { outcome: "applied", isFalseDeletion: true } });
  tell({ ...processed, outcome: { outcome: "applied", left: ["P1 is another's"] } });
  const named = { key: "services/P1", entities: "service/P1", count: 1 };
  expect(lines).toMatchObject([
    { level: "warning", message: "Not deleted: too many", brake: "share", ...named },
    { level: "warning", message: "Not deleted: others relate to it", ...named },
    { level: "info", message: "Gone, and kept as deleted: incidents name it", ...named },
    { level: "warning", message: expect.stringContaining("False deletion"), key: "services/P1" },
    { level: "warning", message: "Left to its owner: P1 is another's", key: "services/P1" },
  ]);
});

test("logServiceEvent() tells of runs, hosts and trouble", () => {
  const { log, lines } = create();
  const tell = logServiceEvent(log, () => 0);
  const report: SyncReport = {
    type: "full",
    dryRun: false,
    resources: [],
    blueprints: [],
    refused: [],
    withheld: [],
    waiting: [
      { blueprint: "service", brake: "waiting", reason: "a 404", entities: 1, identifiers: ["P1"] },
    ],
    unfinished: ["incidents[1] was not read whole"],
    notices: [],
  };
  tell({ type: "queued", runType: "full", reason: "the server has started" });
  tell({ type: "run-started", run: 1, runType: "full" });
  const ended = { type: "run-ended", run: 1, runType: "full", milliseconds: 2000 } as const;
  tell({ ...ended, report, error: undefined });
  tell({ ...ended, report: undefined, error: new Error("gone") });
  tell({ type: "paused", host: "Port", milliseconds: 1000, error: "503" });
  tell({ type: "resumed", host: "Port" });
  tell({ type: "trouble", what: "the inbox", error: new Error("locked") });
  expect(lines).toMatchObject([
    { level: "info", message: "Resync asked for", reason: "the server has started" },
    { level: "info", message: "Resync began", run: 1 },
    { level: "warning", message: "Not done: incidents[1] was not read whole" },
    { level: "info", message: "Not settled: a 404", blueprint: "service", entities: "P1" },
    { level: "warning", outcome: "unfinished", created: 0, ms: 2000 },
    { level: "error", message: "Resync broke off", error: "gone" },
    { level: "error", host: "Port", error: "503", retryInMs: 1000 },
    { level: "info", message: "Port takes requests again" },
    { level: "error", message: "Trouble with the inbox; it is tried again", error: "locked" },
  ]);
});

test("logServiceEvent() tells what a check found, and warns of what differs", () => {
  const { log, lines } = create();
  const tell = logServiceEvent(log, () => 0);
  const one = { blueprint: "service", compared: 9, changed: 0, missing: 0, extra: 0 };
  const check = { by: "a", sample: 200, verdict: "in-step", blueprints: [one] } as const;
  tell({ type: "checked", check, milliseconds: 1000 });
  const blueprints = [one, { ...one, blueprint: "team", changed: 2, extra: 1 }];
  tell({ type: "checked", check: { ...check, verdict: "drifted", blueprints }, milliseconds: 1 });
  expect(lines).toMatchObject([
    { level: "info", message: expect.stringMatching(/nothing differs/), compared: 9 },
    {
      level: "warning",
      message: expect.stringMatching(/3 entities differ.*pagerport verify/),
      differing: "team: 2 changed, 0 missing, 1 extra",
    },
  ]);
});

test("logRunEvent() tells twenty problems a minute", () => {
  const { log, lines } = create();
  let time = 0;
  const tell = logRunEvent(log, () => time);
  for (let count = 0; count < 100; count += 1) tell({ type: "problem", message: "no" });
  expect(lines).toHaveLength(21);
  time = 60_000;
  tell({ type: "problem", message: "again" });
  expect(lines.at(-1)?.["message"]).toBe("again");
});

test("logRunEvent() says nothing of single pages and requests", () => {
  const { log, lines } = create();
  const tell = logRunEvent(log, () => 0);
  tell({ type: "request", host: "Port" });
  tell({ type: "page", kind: "incidents", rows: 100 });
  tell({ type: "written", kind: "incidents", objects: 20 });
  expect(lines).toEqual([]);
  tell({ type: "retry", host: "Port", reason: "503 from Port" });
  tell({ type: "waiting", host: "Port", milliseconds: 1500 });
  expect(lines).toMatchObject([{ level: "debug" }, { level: "debug", ms: 1500 }]);
});
