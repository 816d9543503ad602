import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { createProgram } from "../../packages/cli/src/create-program.ts";
import { runHere } from "../support/run-here.ts";

/**
 * What `--help` of every command prints, word by word, is in `help/`, one file a command.
 * After a change of words: PAGERPORT_UPDATE_GOLDEN=1 bun test test/golden/help.test.ts
 */
const folder = `${import.meta.dir}/help`;
const isUpdate = process.env["PAGERPORT_UPDATE_GOLDEN"] === "1";

const program = createProgram({
  env: {},
  cwd: "/nowhere",
  clock: testClock,
  stdin: (async function* () {})(),
  stdout: { write: () => undefined, isTTY: false, columns: 80 },
  stderr: { write: () => undefined, isTTY: false, columns: 80 },
  signal: new AbortController().signal,
  exitCode: 0,
});

const commands = listCommands(program);

function listCommands(command: typeof program, path: readonly string[] = []): string[][] {
  const inner = command.commands.flatMap((one) => listCommands(one, [...path, one.name()]));
  return [[...path], ...inner];
}

function nameOf(path: readonly string[]): string {
  return `${["pagerport", ...path].join("-")}.txt`;
}

test.each(commands.map((path) => [path.join(" "), path] as const))(
  "pagerport %s --help prints what it should, in 80 columns",
  async (_name, path) => {
    const { code, stdout, stderr } = await runHere([...path, "--help"], { cwd: "/nowhere" });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const golden = `${folder}/${nameOf(path)}`;
    if (isUpdate) await Bun.write(golden, stdout);
    expect(stdout).toBe(await Bun.file(golden).text());
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    // Whoever reads one, knows where to look in all.
    const parts = ["Examples:", "Usage: pagerport", "Options:", "Exit codes:"];
    const places = parts.map((part) => stdout.indexOf(part));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(
      stdout.match(/^ {2}(?:[A-Z_]+=\S+ |curl .*)?\bpagerport\b|\| pagerport /gm)?.length ?? 0,
    ).toBeGreaterThan(1);
  },
);

test("help/ has a file for every command, and no other", () => {
  expect(readdirSync(folder).toSorted()).toEqual(commands.map(nameOf).toSorted());
});
