import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import type { RunEvent } from "@pagerport/core";
import { createProgress, formatProgress, type Progress } from "./progress.ts";

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

interface Screen {
  readonly progress: Progress;
  readonly written: string[];
  readonly pass: (milliseconds: number) => void;
}

function createScreen(options: { readonly isTTY: boolean; readonly columns?: number }): Screen {
  const written: string[] = [];
  let now = 1_000_000;
  const output = {
    write: (text: string) => void written.push(text),
    isTTY: options.isTTY,
    columns: options.columns ?? 200,
  };
  const progress = createProgress({ output, now: () => now });
  return {
    progress,
    written,
    pass: (milliseconds) => {
      now += milliseconds;
      jest.advanceTimersByTime(milliseconds);
    },
  };
}

test.each([
  ["", [[0, 0]], "░░░░░░░░░░░░░░░░░░░░ 0 %  0 of 0 objects"],
  ["services", [[20, 40]], "██████████░░░░░░░░░░ 50 %  20 of 40 objects (services)"],
  [
    "services",
    [
      [40, 40],
      [0, 25_000],
    ],
    "░░░░░░░░░░░░░░░░░░░░ 0 %  40 of 25,040 objects (services)",
  ],
  [
    "incidents",
    [
      [40, 40],
      [24_999, 25_000],
    ],
    "███████████████████░ 99 %  25,039 of 25,040 objects (incidents)",
  ],
  // More came than was counted: never beyond the end.
  ["incidents", [[12, 10]], "████████████████████ 100 %  12 of 12 objects (incidents)"],
] as const)("formatProgress() of %s: %j", (current, counts, line) => {
  const named = counts.map(([done, planned]) => ({ done, planned }));
  expect(formatProgress(named, { current, perSecond: undefined, wait: undefined })).toBe(line);
});

test("formatProgress() tells pace and time left, and what it waits for", () => {
  const counts = [{ done: 1000, planned: 4000 }];
  const state = { current: "incidents", perSecond: 12.4, wait: undefined };
  expect(formatProgress(counts, state)).toEndWith(
    "1,000 of 4,000 objects (incidents)  12 objects/s  4 min 2 s left",
  );
  const wait = "waiting for PagerDuty's rate limit 12 s";
  expect(formatProgress(counts, { ...state, perSecond: undefined, wait })).toEndWith(
    "objects (incidents)  waiting for PagerDuty's rate limit 12 s",
  );
});

test("formatProgress() of what is done has no time left", () => {
  const state = { current: "incidents", perSecond: 5, wait: undefined };
  expect(formatProgress([{ done: 10, planned: 10 }], state)).toEndWith("5 objects/s");
});

test("createProgress() draws one line on a terminal again and again, never wider than it", () => {
  const { progress, written, pass } = createScreen({ isTTY: true, columns: 40 });
  pass(1000);
  expect(written).toEqual([]);
  progress.onEvent({ type: "planned", kind: "incidents", objects: 1000 });
  pass(100);
  progress.onEvent({ type: "written", kind: "incidents", objects: 1 });
  pass(100);
  expect(written).toHaveLength(3);
  expect(written[0]).toHaveLength(39);
  expect(written[1]).toBe("\r\u001B[2K");
  progress.stop();
  expect(written.at(-1)).toBe("\r\u001B[2K");
  pass(1000);
  expect(written).toHaveLength(4);
});

test("createProgress() prints a line every five seconds where there is no terminal", () => {
  const { progress, written, pass } = createScreen({ isTTY: false, columns: 40 });
  progress.onEvent({ type: "planned", kind: "incidents", objects: 1000 });
  pass(4999);
  expect(written).toEqual([]);
  pass(5001);
  expect(written).toHaveLength(2);
  expect(written[0]).toBe("░░░░░░░░░░░░░░░░░░░░ 0 %  0 of 1,000 objects\n");
  progress.stop();
});

test("createProgress() does not take what an earlier process did for its own pace", () => {
  for (const earlier of [
    [0, 5000],
    [40, 5000],
    [40, 1],
  ] as const) {
    const { progress, written, pass } = createScreen({ isTTY: true });
    progress.onEvent({ type: "planned", kind: "incidents", objects: 10_000 });
    const [services, incidents] = earlier;
    progress.onEvent({ type: "written", kind: "services", objects: services });
    progress.onEvent({ type: "written", kind: "incidents", objects: incidents });
    for (let second = 0; second < 5; second += 1) {
      pass(1000);
      for (let count = 0; count < 10; count += 1) {
        progress.onEvent({ type: "written", kind: "incidents", objects: 1 });
      }
    }
    pass(50);
    progress.stop();
    const line = written.findLast((text) => text.includes("objects/s")) ?? "";
    expect(Number(/(\d+) objects\/s/.exec(line)?.[1])).toBeLessThan(12);
  }
});

test("createProgress() says what it waits for, as long as it waits", () => {
  const { progress, written, pass } = createScreen({ isTTY: true });
  progress.onEvent({ type: "planned", kind: "incidents", objects: 10 });
  progress.onEvent({ type: "waiting", host: "Port", milliseconds: 3000 });
  pass(100);
  expect(written.at(-1)).toEndWith("waiting for Port's rate limit 3 s");
  pass(2000);
  expect(written.at(-1)).toEndWith("waiting for Port's rate limit 1 s");
  pass(1000);
  expect(written.at(-1)).not.toContain("waiting");
  progress.stop();
});

test("createProgress() prints problems and notices above the line", () => {
  const { progress, written, pass } = createScreen({ isTTY: true });
  progress.onEvent({ type: "planned", kind: "incidents", objects: 10 });
  pass(100);
  progress.onEvent({ type: "problem", message: "Port refused incidents/Q1" });
  progress.onEvent({ type: "notice", message: "going on" });
  expect(written.slice(1)).toEqual(["\r\u001B[2K", "Port refused incidents/Q1\n", "going on\n"]);
  progress.stop();
});

test("createProgress() that is stopped prints nothing any more", () => {
  const { progress, written } = createScreen({ isTTY: true });
  progress.stop();
  const events: RunEvent[] = [
    { type: "planned", kind: "incidents", objects: 10 },
    { type: "problem", message: "too late" },
  ];
  for (const event of events) progress.onEvent(event);
  progress.stop();
  expect(written).toEqual([]);
});
