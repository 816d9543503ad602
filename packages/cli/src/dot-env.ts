import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import type { CliContext } from "./context.ts";

/** What `.env` files of the current folder hold. */
export interface DotEnv {
  /** The file that has given a variable its value; undefined where it came from elsewhere. */
  readonly originOf: (variable: string) => string | undefined;
  /** Files by variables that they hold and that the process has not got: nobody has read them. */
  readonly unread: ReadonlyMap<string, string>;
}

/**
 * The files that Bun reads by itself when it starts, the last wins. Node and Deno read none.
 * {@link https://bun.com/docs/runtime/environment-variables}
 */
function listFiles({ env }: Pick<CliContext, "env">): string[] {
  const mode = env["NODE_ENV"] ?? "";
  const known = ["production", "test"].includes(mode) ? mode : "development";
  return [".env", `.env.${known}`, ".env.local"];
}

/** Looks into the `.env` files of the current folder; those that cannot be read count as empty. */
export function readDotEnv(context: Pick<CliContext, "env" | "cwd">): DotEnv {
  const origins = new Map<string, string>();
  const unread = new Map<string, string>();
  for (const file of listFiles(context)) {
    for (const [name, value] of Object.entries(readFile(join(context.cwd, file)))) {
      if (context.env[name] === value) origins.set(name, file);
      else if (context.env[name] === undefined && value !== "") unread.set(name, file);
    }
  }
  return { originOf: (variable) => origins.get(variable), unread };
}

function readFile(path: string): Readonly<Record<string, string | undefined>> {
  try {
    return parseEnv(readFileSync(path, "utf8"));
  } catch {
    return {};
  }
}
