import { formatDefault, type Setting, type SettingName, settings } from "@pagerport/core";
import { type Command, Option } from "commander";
import { wrapText } from "./wrap.ts";

/** Characters of a line of help, however wide the terminal is. */
export const helpWidth = 80;

/** What exit codes mean, wherever a command has no words of its own. */
const exitWords = {
  0: "done",
  1: "unexpected",
  2: "usage or configuration",
  3: "finished, but not everything",
  4: "authentication or permission",
  5: "a host did not answer",
  130: "interrupted",
  143: "terminated",
} as const;

type ExitCode = keyof typeof exitWords;

/** Exit codes of a command, `true` where the usual words do. */
export type ExitCodes = Readonly<Partial<Record<ExitCode, string | true>>>;

/** Those of a command that asks PagerDuty and Port. */
export const allExitCodes: ExitCodes = {
  0: true,
  1: true,
  2: true,
  3: true,
  4: true,
  5: true,
  130: true,
  143: true,
};

/** What the help of a command tells beside its options. */
export interface HelpText {
  /** Command lines, each with what it does. */
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** Paragraphs. Lines that begin with a space stay as they are. */
  readonly about?: readonly string[];
  /** Settings that no option of the command stands for. */
  readonly settings?: readonly SettingName[];
  readonly exitCodes: ExitCodes;
}

/** Puts examples before the help of a command; paragraphs, settings and exit codes behind it. */
export function addHelp(command: Command, help: HelpText): Command {
  const { examples, about = [], settings: names = [] } = help;
  const behind = [
    ...about.map(formatParagraph),
    ...(names.length === 0 ? [] : [formatSettings(names)]),
    formatExitCodes(help.exitCodes),
  ];
  return command
    .addHelpText("before", `${formatExamples(examples)}\n`)
    .addHelpText("after", `\n${behind.join("\n\n")}`);
}

/**
 * An option that stands for a setting: what it is, its variable and default are the setting's.
 *
 * @param more what only the option can do
 */
export function createSettingOption(name: SettingName, flags: string, more?: string): Option {
  const setting: Setting<unknown> = settings[name];
  const preset = formatDefault(setting);
  const notes = [setting.environment[0], ...(preset === undefined ? [] : [`default: ${preset}`])];
  const what = [setting.description, ...(more === undefined ? [] : [more])].join("; ");
  return new Option(flags, `${what} (${notes.join("; ")})`);
}

function formatExamples(examples: HelpText["examples"]): string {
  const widest = Math.max(...examples.map(([command]) => command.length));
  const fits = examples.every(([, what]) => widest + what.length + 5 <= helpWidth);
  const lines = examples.map(([command, what]) => {
    const indented = command.replaceAll("\n", "\n    ");
    if (what === "") return `  ${indented}`;
    return fits
      ? `  ${indented.padEnd(widest)}   ${what}`
      : `  ${indented}\n      ${wrapText(what, { width: helpWidth - 6, indent: 6 }).join("\n")}`;
  });
  return ["Examples:", ...lines].join("\n");
}

function formatParagraph(text: string): string {
  return text.startsWith(" ") ? text : wrapText(text, { width: helpWidth }).join("\n");
}

const settingsTitle =
  "Settings: environment variables, or in pagerport.yaml what is no secret; 'pagerport config show' tells its names. Each secret may be in a file: PD_TOKEN_FILE.";

/** Wider names have a line of their own. */
const widestName = 26;

function formatSettings(names: readonly SettingName[]): string {
  const table: readonly Setting<unknown>[] = names.map((name) => settings[name]);
  const width = Math.min(
    widestName,
    Math.max(...table.map(({ environment: [variable] }) => variable.length)),
  );
  const margin = width + 4;
  const rows = table.map((setting) => {
    const [variable] = setting.environment;
    const preset = formatDefault(setting);
    const text = `${setting.description}${preset === undefined ? "" : ` (default: ${preset})`}`;
    const lines = wrapText(text, { width: helpWidth - margin }).map((line, at) =>
      at === 0 && variable.length <= width ? line : " ".repeat(margin) + line,
    );
    const name = `  ${variable.padEnd(width)}`;
    return variable.length <= width
      ? `${name}  ${lines.join("\n")}`
      : `${name}\n${lines.join("\n")}`;
  });
  return [formatParagraph(settingsTitle), ...rows].join("\n");
}

function formatExitCodes(codes: ExitCodes): string {
  const words = Object.entries(codes).map(([code, own]) =>
    own === true ? `${code} ${exitWords[Number(code) as ExitCode]}` : `${code} ${own}`,
  );
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    const joined = `${last} · ${word}`;
    if (last === undefined || joined.length > helpWidth) lines.push(`  ${word}`);
    else lines[lines.length - 1] = joined;
  }
  return ["Exit codes:", ...lines].join("\n");
}
