import type { Output } from "../context.ts";

/** How important a line is, least first. */
const levels = ["debug", "info", "warning", "error", "critical"] as const;
type LogLevel = (typeof levels)[number];

/** What a line says beside its sentence. Ids, names, counts, moments: never a payload, header or secret. */
type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where a server tells what happens. */
export interface Log {
  readonly debug: (message: string, fields?: LogFields) => void;
  readonly info: (message: string, fields?: LogFields) => void;
  readonly warn: (message: string, fields?: LogFields) => void;
  readonly error: (message: string, fields?: LogFields) => void;
}

export interface LogOptions {
  readonly output: Output;
  /** The least important that is told. */
  readonly level: LogLevel;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Makes a log: one JSON object a line (`time`, `level`, `message`, then the fields), on a terminal a line
 * for a person (`12:00:01 info     Listening  url=http://…`).
 */
export function createLog({ output, level, now }: LogOptions): Log {
  const least = levels.indexOf(level);
  const at =
    (own: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (levels.indexOf(own) < least) return;
      const time = new Date(now()).toISOString();
      const line = output.isTTY
        ? formatLine(time, own, message, fields)
        : JSON.stringify({ time, level: own, message, ...fields });
      output.write(`${line}\n`);
    };
  return { debug: at("debug"), info: at("info"), warn: at("warning"), error: at("error") };
}

/** Every line of a text as a line of the log, for what prints to a person elsewhere. */
export function createLogOutput(tell: (message: string) => void): Output {
  return {
    write(text) {
      for (const line of text.split("\n")) if (line.trim() !== "") tell(line.trim());
    },
    isTTY: false,
    columns: 80,
  };
}

const levelWidth = 8;

function formatLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  const clock = time.slice(11, 19);
  const named = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${quote(plain(String(value)))}`);
  return [`${clock} ${level.padEnd(levelWidth)} ${plain(message)}`, ...named].join("  ");
}

/** What others have written must not move the cursor, nor look like a line of its own. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, " ");
}

function quote(text: string): string {
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
