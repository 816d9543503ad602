import { expect, test } from "bun:test";
import { runtimes } from "../support/runtimes.ts";
import { isLong } from "../support/size.ts";
import type { HostileReport, HostileResult } from "./hostile-mapping.ts";

const script = `${import.meta.dir}/hostile-mapping.ts`;

/** Not secret; but if a child could read its parent's environment, this is what it would find. */
const canary = "canary-5d1f";

interface Expected {
  /** Both objects get this value. */
  readonly value?: unknown;
  /** Part of the message that each of both objects gets as a problem. */
  readonly problem?: RegExp;
  /** Part of the message with which the mapping is refused. */
  readonly refused?: RegExp;
}

const stopped =
  /took longer than (?:600|4000) ms and was stopped|ran out of memory and was stopped/;

const hostile: readonly (readonly [string, Expected])[] = [
  ["repeat(.)|empty", { problem: /took longer than (?:600|4000) ms and was stopped/ }],
  ["last(range(1e12))", { problem: /took longer than (?:600|4000) ms and was stopped/ }],
  ["[range(1e9)]", { problem: stopped }],
  ["def f: f+1; f", { problem: stopped }],
  ["halt_error", { problem: /halt_error is not available in a mapping/ }],
  ['halt_error("x")', { problem: /halt_error is not available in a mapping/ }],
  ["halt", { problem: /halt is not available in a mapping/ }],
  ["input", { problem: /input is not available in a mapping/ }],
  ["[inputs]", { problem: /inputs is not available in a mapping/ }],
  ["env", { value: {} }],
  ["$ENV", { value: {} }],
  ["$ENV.PD_TOKEN", { value: null }],
  ["env.PD_TOKEN", { value: null }],
  ["$ARGS", { value: {} }],
  ["[input_filename, input_line_number, get_search_list]", { value: [null, 0, []] }],
  ['"x" | debug | debug("y") | stderr', { value: "x" }],
  ["1) | (2", { refused: /not valid jq: syntax error/ }],
  ["1)} catch 2, {v: (2", { refused: /not valid jq: syntax error/ }],
  ["$__loc__", { refused: /\$__loc__ is not available/ }],
  ['import "a" as a; .', { refused: /unexpected import/ }],
  ['include "a"; .', { refused: /unexpected include/ }],
  [".id # comment", { value: "by object" }],
  [".id # comment \\", { value: "by object" }],
  [".id # comment \\\\\\", { value: "by object" }],
  [". as [$a] ?// $a | $a.id", { value: "by object" }],
  ["label $out | break $out", { value: null }],
  ["error(null)", { problem: /^null \(not a string\)$/ }],
  ["error({a: 1})", { problem: /^{"a":1} \(not a string\)$/ }],
  ["empty", { value: null }],
  ["limit(0; 1)", { value: null }],
  ["(1, 2)", { value: 1 }],
  [`${"(".repeat(50_000)}.id${")".repeat(50_000)}`, { refused: /memory exhausted/ }],
  // Not hostile, only long: 100 kB.
  [`"${"x".repeat(100_000)}" | test("^x+$")`, { value: true }],
];

/** Milliseconds; the first test of a runtime waits for all of its expressions, about 8 s. */
const testLimit = 180_000;

/** Processes of the two versions of Node are ended in the same way. */
const tried = Object.entries(runtimes).filter(([name]) => isLong || name !== "Node 24");

const cases = tried.flatMap(([runtime, command]) =>
  hostile.map(([expression, expected], at) => ({
    runtime,
    command,
    at,
    expression,
    shown: expression.slice(0, 60),
    expected,
  })),
);

test.each(cases)(
  "apply() on $runtime survives $shown, and spares its neighbours",
  async ({ runtime, command, at, expression, expected }) => {
    const { results } = await reportOf(runtime, command);
    checkResult(results[at], expression, expected);
  },
  testLimit,
);

test.each(tried)(
  "apply() on %s leaves no process that goes on with what was stopped",
  async (runtime, command) => {
    const { started: count, alive } = await reportOf(runtime, command);
    // One for each expression that was stopped, at least; the last may live, with nothing to do.
    expect(count).toBeGreaterThan(4);
    expect(alive).toBeLessThanOrEqual(1);
  },
  testLimit,
);

const started = new Map<string, Promise<HostileReport>>();

/** One process for all expressions of a runtime: what one does must not harm those after it. */
function reportOf(runtime: string, command: readonly string[]): Promise<HostileReport> {
  const running = started.get(runtime) ?? runHostile(command);
  started.set(runtime, running);
  return running;
}

async function runHostile(command: readonly string[]): Promise<HostileReport> {
  const child = Bun.spawn([...command, script], {
    env: { PATH: process.env["PATH"] ?? "", HOME: "/nowhere", PD_TOKEN: canary },
    stdin: new Blob([JSON.stringify(hostile.map(([expression]) => expression))]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  expect(code, errors).toBe(0);
  expect(output).not.toContain(canary);
  return JSON.parse(output) as HostileReport;
}

function checkResult(
  result: HostileResult | undefined,
  expression: string,
  expected: Expected,
): void {
  const name = expression.slice(0, 60);
  if (result === undefined) throw new Error(`No result for ${name}`);
  if (expected.refused !== undefined) {
    expect(result.refused, name).toMatch(expected.refused);
    return;
  }
  expect(result.refused, name).toBeUndefined();
  // No leak into neighbours: the other expression that jq evaluates is as it always is.
  expect(
    result.values?.map((one) => one.innocent),
    name,
  ).toEqual(["oNe", "two"]);
  const messages = result.problems?.map((problem) => problem.message) ?? [];
  if (expected.problem === undefined) {
    expect(messages, name).toEqual([]);
    const value = expected.value === "by object" ? ["Q1", "Q2"] : [expected.value, expected.value];
    expect(
      result.values?.map((one) => one.hostile),
      name,
    ).toEqual(value as never);
  } else {
    expect(messages, name).toHaveLength(2);
    for (const message of messages) expect(message, name).toMatch(expected.problem);
    expect(
      result.values?.map((one) => one.hostile),
      name,
    ).toEqual([null, null]);
  }
}
