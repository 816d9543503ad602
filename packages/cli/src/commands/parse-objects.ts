import {
  ConfigError,
  describeError,
  isJsonObject,
  type Json,
  type JsonObject,
  parseWellFormedJson,
} from "@pagerport/core";

/**
 * Objects from one JSON object, an array of objects, or one object a line. Half surrogate pairs become
 * U+FFFD, as they do when they come from PagerDuty.
 *
 * @param file how the user named where the text came from
 * @throws ConfigError where it is none of these
 */
export function parseObjects(text: string, file: string): JsonObject[] {
  const name = file === "-" ? "stdin" : file;
  const whole = tryParse(text);
  if ("value" in whole) {
    const values = Array.isArray(whole.value) ? whole.value : [whole.value];
    return values.map((value, at) => requireObject(value, `${name}: value ${at + 1}`));
  }
  const lines = text.split("\n");
  // A syntax error in one large document is told as such, not as one of its lines.
  if (!("value" in tryParse(lines.find((line) => line.trim() !== "") ?? ""))) {
    throw new ConfigError(`${name} is not JSON: ${whole.error}`, { setting: "--input" });
  }
  return lines.flatMap((line, at) => {
    if (line.trim() === "") return [];
    const parsed = tryParse(line);
    if ("value" in parsed) return [requireObject(parsed.value, `${name}:${at + 1}`)];
    throw new ConfigError(`${name}:${at + 1}: not JSON: ${parsed.error}`, { setting: "--input" });
  });
}

function tryParse(text: string): { readonly value: Json } | { readonly error: string } {
  try {
    return { value: parseWellFormedJson(text) };
  } catch (error) {
    return { error: describeError(error) };
  }
}

function requireObject(value: Json, place: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw new ConfigError(`${place} is not a JSON object`, { setting: "--input" });
}
