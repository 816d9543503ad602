import { createProgram } from "../../packages/cli/src/create-program.ts";
import type { CliContext } from "../../packages/cli/src/context.ts";
import { settings, type Setting, systemClock } from "../../packages/core/src/index.ts";
import {
  meaninglessVariables,
  objectVariables,
} from "../../packages/core/src/config/ignored-variables.ts";
import type { Document } from "./read-document.ts";

/** Variables that can only be settings: ours, and those of Ocean's container. */
const variable = /\b(?:(?:PAGERPORT|PD|PORT)_|(?:OCEAN|APPLICATION)__)[A-Z_]*[A-Z]\b/g;
const inlineCode = /`([^`]+)`/g;

type Command = ReturnType<typeof createProgram>;

/** What a document names and there is not: commands, flags and settings. */
export function findUnknownNames(document: Document): string[] {
  const program = createProgram(silent);
  const known = listVariables();
  return document.prose.flatMap((line, at) => {
    const place = `${document.path}:${at + 1}`;
    const codes = Array.from(line.matchAll(inlineCode), ([, code = ""]) => code);
    const commands = codes
      .filter((code) => code.startsWith("pagerport "))
      .flatMap((code) => findMistake(code.split(/\s+/).slice(1), program) ?? []);
    const variables = Array.from(codes.join(" ").matchAll(variable), ([name]) => name).filter(
      (name) => !known.has(name),
    );
    return [
      ...commands.map((mistake) => `${place}: ${mistake}`),
      ...variables.map((name) => `${place}: there is no setting ${name}`),
    ];
  });
}

function findMistake(words: readonly string[], program: Command): string | undefined {
  let command = program;
  for (const word of words) {
    if (word.startsWith("--")) {
      const [flag] = word.split("=");
      const flags = [...command.options.map(({ long }) => long), "--help", "--version"];
      if (!flags.includes(flag)) return `pagerport ${words.join(" ")} has no ${flag}`;
    } else if (command.commands.length > 0) {
      const next = command.commands.find((one) => one.name() === word);
      if (next === undefined) return `there is no pagerport ${words.join(" ")}`;
      command = next;
    }
  }
  return undefined;
}

function listVariables(): ReadonlySet<string> {
  const known = new Set([...meaninglessVariables, ...objectVariables]);
  const table: readonly Setting<unknown>[] = Object.values(settings);
  for (const { environment, ocean = [], oceanPath, isSecret, hasFile = isSecret } of table) {
    for (const name of [...environment, ...ocean]) {
      known.add(name);
      if (hasFile) known.add(`${name}_FILE`);
    }
    if (oceanPath !== undefined) known.add(oceanPath);
  }
  return known;
}

const nowhere = { write: () => undefined, isTTY: false, columns: 80 };
const silent: CliContext = {
  env: {},
  cwd: "/",
  clock: systemClock,
  stdin: (async function* () {})(),
  stdout: nowhere,
  stderr: nowhere,
  signal: new AbortController().signal,
  exitCode: 0,
};
