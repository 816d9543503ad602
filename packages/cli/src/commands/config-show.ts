import {
  type DescribedSetting,
  describeSettings,
  type IgnoredVariable,
  listIgnoredVariables,
  type SettingSources,
} from "@pagerport/core";
import type { Command } from "commander";
import { type CliContext, exitCodes } from "../context.ts";
import { type DotEnv, readDotEnv } from "../dot-env.ts";
import { addRunOptions, loadRunSources, type RunFlags } from "../run-options.ts";
import { createPaint } from "../ui/colour.ts";
import { addHelp, type HelpText } from "../ui/help.ts";

/** The flags of `config show` as commander gives them. */
interface ShowFlags extends RunFlags {
  readonly json?: true;
}

const help: HelpText = {
  examples: [
    ["pagerport config show", "every setting, and where it comes from"],
    ["pagerport config show --rate-budget 0.2", "as a command with this option sees it"],
    ["pagerport config show --json", "one JSON document"],
  ],
  about: [
    "The first that is set counts: option, environment variable, variable of Ocean's container (OCEAN__…), pagerport.yaml, default. An empty variable is not set. Variables that look like settings and are none are named on stderr.",
  ],
  exitCodes: { 0: true, 2: "a setting cannot be used" },
};

/** Adds `pagerport config show`. */
export function addConfigShowCommand(group: Command, context: CliContext): void {
  const command = group
    .command("show")
    .description("Show every setting, its value and where it comes from; never a secret")
    .option("--json", "print one JSON document on stdout when done");
  addHelp(addRunOptions(command), help).action((flags: ShowFlags) => showConfig(flags, context));
}

function showConfig(flags: ShowFlags, context: CliContext): void {
  const sources = loadRunSources(flags, context);
  const shown = describeAll(sources, context);
  const mistakes = [
    ...new Set(shown.settings.flatMap(({ mistake }) => mistake ?? [])),
    ...shown.mistakes,
  ];
  if (flags.json === true) {
    const file = sources.file?.path ?? null;
    const document = { command: "config show", file, ...shown, mistakes };
    context.stdout.write(`${JSON.stringify(document, nullForUndefined)}\n`);
  } else {
    printSettings(shown.settings, context);
    printNotes(shown, sources, context);
    for (const mistake of mistakes) context.stderr.write(`error: ${mistake}\n`);
  }
  if (mistakes.length > 0) context.exitCode = exitCodes.usage;
}

interface ShownConfig {
  readonly settings: readonly DescribedSetting[];
  readonly ignored: readonly IgnoredVariable[];
  /** Variables in `.env` files that nobody has read. */
  readonly unread: readonly { readonly name: string; readonly file: string }[];
  /** Of what is no single setting. */
  readonly mistakes: readonly string[];
}

function describeAll(sources: SettingSources, context: CliContext): ShownConfig {
  const { originOf, unread } = readDotEnv(context);
  const settings = describeSettings(sources, context.cwd).map((setting) =>
    nameFile(setting, originOf),
  );
  const variables = new Set(settings.map(({ variable }) => variable));
  const lost = [...unread].filter(([name]) => variables.has(name));
  const shared = { settings, unread: lost.map(([name, file]) => ({ name, file })) };
  try {
    return { ...shared, ignored: listIgnoredVariables(sources.environment), mistakes: [] };
  } catch (error) {
    // A variable that must be a JSON object and is none: each setting that it may hold has told it.
    if (shared.settings.some(({ mistake }) => mistake !== undefined)) {
      return { ...shared, ignored: [], mistakes: [] };
    }
    throw error;
  }
}

/** Adds from which `.env` file a variable is. */
function nameFile(setting: DescribedSetting, originOf: DotEnv["originOf"]): DescribedSetting {
  const { source, origin = "" } = setting;
  const file = source === "environment" ? originOf(origin) : undefined;
  return file === undefined ? setting : { ...setting, origin: `${origin} in ${file}` };
}

function nullForUndefined(_key: string, value: unknown): unknown {
  return value === undefined ? null : value;
}

const sections = {
  "Set:": (setting: DescribedSetting): boolean => !isDefault(setting) && !isUnset(setting),
  "By default:": isDefault,
  "Not set:": isUnset,
} as const;

function isDefault({ source }: DescribedSetting): boolean {
  return source === "default";
}

function isUnset({ source }: DescribedSetting): boolean {
  return source === "unset";
}

function printSettings(shown: readonly DescribedSetting[], { stdout, env }: CliContext): void {
  const paint = createPaint(stdout, { env });
  const nameWidth = Math.max(...shown.map(({ name }) => name.length));
  for (const [title, belongs] of Object.entries(sections)) {
    const chosen = shown.filter(belongs);
    if (chosen.length > 0) stdout.write(`${title}\n`);
    for (const setting of chosen) {
      const line = formatSetting(setting, { nameWidth, columns: stdout.columns });
      stdout.write(`${setting.mistake === undefined ? line : paint(line, "red")}\n`);
    }
  }
}

/** Where the last column begins, if a line has the room. */
const originColumn = 56;

/** `  rateBudget  0.2  --rate-budget`: one line, or two where it would be wider than the terminal. */
function formatSetting(
  { name, variable, value, origin, mistake }: DescribedSetting,
  { nameWidth, columns }: { readonly nameWidth: number; readonly columns: number },
): string {
  const start = `  ${name.padEnd(nameWidth)}  ${value ?? ""}`;
  const end = `${origin ?? variable}${mistake === undefined ? "" : " (wrong)"}`;
  const room = columns - end.length;
  if (start.trimEnd().length + 2 > room) return `${start}\n${" ".repeat(nameWidth + 4)}${end}`;
  return `${start.padEnd(Math.min(room, originColumn))}${end}`;
}

function printNotes(
  { ignored, unread }: ShownConfig,
  sources: SettingSources,
  { stderr }: CliContext,
): void {
  const path = sources.file?.path;
  stderr.write(path === undefined ? "No pagerport.yaml was found.\n" : `Settings file: ${path}\n`);
  for (const { name, isKnown, nearest } of ignored) {
    const hint = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
    const what = isKnown ? "has no meaning here, and is ignored" : "is not known, and is ignored";
    stderr.write(`${name} ${what}.${hint}\n`);
  }
  for (const { name, file } of unread) {
    stderr.write(`${name} is in ${file}, which nobody has read: only Bun reads it by itself.\n`);
  }
}
