import { basename } from "node:path";
import { testShift } from "../../packages/core/src/testing/test-clock.ts";

/** Where Node and Deno keep what they have compiled, so that not every process does it anew. */
const caches = ["NODE_COMPILE_CACHE", "DENO_DIR"];

/** What shifts the clock of a process and of those that it starts, as `bun run test:hours` does. */
const shifting = ["LD_PRELOAD", "FAKETIME", "FAKETIME_DONT_FAKE_MONOTONIC"];

/** The environment that gives a process the machine's time as this process sees it. */
export function machineTime(): Record<string, string> {
  return pick(shifting);
}

/** The environment of a process to which it is the time of tests, once it runs {@link withTestTime}. */
export function testEnvironment(home: string): Record<string, string> {
  return {
    ...pick(["PATH", ...shifting, ...caches]),
    HOME: home,
    PAGERPORT_TEST_SHIFT: String(testShift),
  };
}

/** The command line of a runtime, with the time of tests in its process. */
export function withTestTime(runtime: readonly string[]): string[] {
  return withPreload(runtime, "shift-time.ts");
}

/** The command line of a runtime that loads a file of this folder before anything else. */
export function withPreload(runtime: readonly string[], file: string): string[] {
  const [program = "", ...args] = runtime;
  const name = basename(program).replace(/\.exe$/, "");
  const flag = name === "node" ? "--import" : "--preload";
  return [program, ...args, `${flag}=${import.meta.dir}/${file}`];
}

function pick(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
