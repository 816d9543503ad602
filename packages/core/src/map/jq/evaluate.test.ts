import { afterAll, expect, test } from "bun:test";
import type { Clock } from "../../clock.ts";
import { Failure } from "../outcome.ts";
import { createJqEngine, type JqAnswer, type JqEngine } from "./engine.ts";
import { createPageEvaluator } from "./evaluate.ts";
import { testClock } from "../../testing/test-clock.ts";

const engine = createJqEngine();
afterAll(() => engine.close());

/**
 * The engine, but what hangs is decided here instead of by a clock: an expression that says `hang` is
 * stopped where one of the objects is guilty.
 */
function createHangingEngine(isGuilty: (n: number) => boolean): {
  readonly hanging: JqEngine;
  readonly asked: number[];
} {
  const asked: number[] = [];
  const hanging: JqEngine = {
    ...bound(engine),
    run: async (program, inputs, limit): Promise<JqAnswer> => {
      if (!program.includes("hang")) return engine.run(program, inputs, limit);
      asked.push(inputs.length);
      const guilty = inputs.some((input) => isGuilty((JSON.parse(input) as { n: number }).n));
      if (guilty) return { outcome: "timeout" };
      return engine.run(program, inputs, limit);
    },
  };
  return { hanging, asked };
}

const stopped = new Failure("it took longer than 1000 ms and was stopped");

/** Objects by number. */
function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, at) => JSON.stringify({ n: at }));
}

test("evaluate() finds the three objects of a page that an expression hangs on", async () => {
  const guilty = new Set([3, 40, 41]);
  const { hanging } = createHangingEngine((n) => guilty.has(n));
  const evaluator = createPageEvaluator(hanging, { object: 1000 });
  const rows = await evaluator.evaluate([".n # hang", ".n * 2"], numbers(60));
  for (const [at, [first, second]] of rows.entries()) {
    expect(second).toBe(at * 2);
    if (guilty.has(at)) expect(first).toEqual(stopped);
    else expect(first).toBe(at);
  }
});

test("evaluate() gives up an expression that was stopped for three objects and never finished", async () => {
  const { hanging, asked } = createHangingEngine(() => true);
  const evaluator = createPageEvaluator(hanging, { object: 1000 });
  const rows = await evaluator.evaluate([".n # hang", ".n"], numbers(100));
  expect(rows.every(([first, second], at) => first instanceof Failure && second === at)).toBe(true);
  // Together with its neighbour, by itself, and for three objects alone.
  expect(asked).toEqual([100, 100, 1, 1, 1]);
  const [again] = await evaluator.evaluate([".n # hang", ".n"], numbers(1));
  expect(again).toEqual([new Failure(`${stopped.message}; not tried again after 3 objects`), 0]);
  expect(asked).toHaveLength(5);
});

test("evaluate() makes a problem of the one input that jq does not read", async () => {
  const inputs = numbers(50);
  inputs[17] = String.raw`{"n":"\ud800"}`;
  const rows = await createPageEvaluator(engine).evaluate([".n", ".n == 18"], inputs);
  expect(rows[17]?.every((outcome) => outcome instanceof Failure)).toBe(true);
  const [bad] = rows[17] ?? [];
  expect(bad instanceof Failure ? bad.message : bad).toContain("surrogate");
  expect(rows.filter((_, at) => at !== 17).map(([n]) => n)).toEqual(
    numbers(50).flatMap((_, at) => (at === 17 ? [] : [at])),
  );
});

test("evaluate() splits programs of five hundred expressions, one of them of 100 kB", async () => {
  const programs: number[] = [];
  const measuring: JqEngine = {
    ...bound(engine),
    run: (program, inputs, limit) => {
      programs.push(program.length);
      return engine.run(program, inputs, limit);
    },
  };
  const long = `"${"x".repeat(100_000)}" | length`;
  const sources = [
    long,
    ...Array.from({ length: 500 }, (_, at) => `.n + ${at} | tojson # ${"c".repeat(200)}`),
  ];
  const rows = await createPageEvaluator(measuring).evaluate(sources, numbers(3));
  expect(rows.map((row) => row.length)).toEqual([501, 501, 501]);
  expect(rows[2]).toEqual([100_000, ...Array.from({ length: 500 }, (_, at) => String(2 + at))]);
  expect(programs.length).toBeGreaterThan(2);
  expect(programs.filter((length) => length > 64 * 1024)).toHaveLength(1);
});

test("evaluate() throws where no child can be started", () => {
  const broken = createJqEngine({
    startChild: () => {
      throw new Error("spawn ENOENT");
    },
  });
  expect(createPageEvaluator(broken).evaluate(["."], ["1"])).rejects.toThrow("spawn ENOENT");
});

test("evaluate() goes on with a new child after the old one has died", async () => {
  const children: { kill: (signal: "SIGKILL") => boolean }[] = [];
  const { startJqChild } = await import("./start-child.ts");
  const fragile = createJqEngine({
    startChild: () => {
      const child = startJqChild();
      children.push(child);
      return child;
    },
  });
  const evaluator = createPageEvaluator(fragile);
  expect(await evaluator.evaluate([".n"], numbers(1))).toEqual([[0]]);
  children[0]?.kill("SIGKILL");
  expect(await evaluator.evaluate([".n"], numbers(2))).toEqual([[0], [1]]);
  expect(children.length).toBeGreaterThan(1);
  await fragile.close();
});

test("run() uses the clock it was given for its limit", async () => {
  const asked: number[] = [];
  const clock: Clock = {
    now: () => testClock.now(),
    sleep: (milliseconds, signal) => {
      asked.push(milliseconds);
      return testClock.sleep(milliseconds === 77 ? 0 : milliseconds, signal);
    },
  };
  const timed = createJqEngine({ clock });
  const answer: JqAnswer = await timed.run("repeat(.) | empty", ["1"], 77);
  expect(answer).toEqual({ outcome: "timeout" });
  expect(asked.at(-1)).toBe(77);
});

function bound(one: JqEngine): JqEngine {
  return {
    run: (...request) => one.run(...request),
    close: () => one.close(),
    [Symbol.asyncDispose]: () => one[Symbol.asyncDispose](),
  };
}
