import { ConfigError } from "../errors.ts";

/** A process's environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable's text, and what to call the place where it was found. */
export interface FoundVariable {
  readonly text: string;
  readonly origin: string;
}

/**
 * Whether the environment is one of Ocean's container. An empty variable is unset, here as everywhere:
 * pipelines define variables whose secret does not exist.
 */
export function usesOcean(environment: Environment): boolean {
  return Object.entries(environment).some(
    ([name, text]) => name.toUpperCase().startsWith("OCEAN__") && text !== undefined && text !== "",
  );
}

/**
 * Finds a variable as Ocean's own loader does: in any case of letters, and where it is not set itself,
 * as a member of a JSON object in the variable that its name continues (`OCEAN__PORT`).
 *
 * @param name in capital letters: `OCEAN__PORT__CLIENT_ID`
 * @throws {ConfigError} naming the variable that should hold a JSON object and does not
 */
export function findOceanVariable(
  environment: Environment,
  name: string,
): FoundVariable | undefined {
  const [root = "", ...steps] = name.split("__");
  for (let depth = steps.length; depth > 0; depth -= 1) {
    const variable = [root, ...steps.slice(0, depth)].join("__");
    const found = readVariable(environment, variable);
    if (found === undefined) continue;
    if (depth === steps.length) return found;
    const member = findMember(parseObject(found), steps.slice(depth));
    if (member !== undefined) {
      return { text: member.text, origin: `${found.origin} (${member.path.join(".")})` };
    }
  }
  return undefined;
}

/** A variable in any case of letters; empty is unset. */
export function readVariable(environment: Environment, name: string): FoundVariable | undefined {
  for (const [origin, text] of Object.entries(environment)) {
    if (origin.toUpperCase() === name && text !== undefined && text !== "") {
      return { text, origin };
    }
  }
  return undefined;
}

/** The name of a JSON member as variables spell it: `resyncOnStart` is `RESYNC_ON_START`. */
export function spellMember(key: string): string {
  return key.replaceAll(/([a-z\d])([A-Z])/g, "$1_$2").toUpperCase();
}

/**
 * The JSON object in a variable.
 *
 * @throws {ConfigError} without what the variable holds, which may be credentials
 */
export function parseObject(variable: FoundVariable): Readonly<Record<string, unknown>> {
  const { text, origin } = variable;
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // The parser's message quotes the text.
  }
  const isListener = origin.toUpperCase() === "OCEAN__EVENT_LISTENER";
  const example = isListener ? ` like {"type":"POLLING"}: current value is '${text}'` : "";
  throw new ConfigError(`${origin} must be a JSON object${example}`, { setting: origin });
}

function findMember(
  object: Readonly<Record<string, unknown>>,
  steps: readonly string[],
): { readonly text: string; readonly path: readonly string[] } | undefined {
  const [step, ...rest] = steps;
  for (const [key, value] of Object.entries(object)) {
    if (spellMember(key) !== step || value === null || value === "") continue;
    if (rest.length === 0) {
      return { text: typeof value === "string" ? value : JSON.stringify(value), path: [key] };
    }
    const member = isRecord(value) ? findMember(value, rest) : undefined;
    if (member !== undefined) return { text: member.text, path: [key, ...member.path] };
  }
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
