import { readFileSync } from "node:fs";
import { ConfigError, describeError } from "../errors.ts";

/**
 * The secret in the file that a variable names, without white space around it.
 *
 * @throws {ConfigError} naming the variable
 */
export function readSecretFile(variable: string, path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8").trim();
  } catch (error) {
    throw new ConfigError(`${variable} names a file that cannot be read: ${describeError(error)}`, {
      setting: variable,
      cause: error,
    });
  }
  if (text === "") {
    throw new ConfigError(`${variable} names a file that is empty: ${path}`, { setting: variable });
  }
  return text;
}
