import type { Config } from "@backstage/config";
import { ConfigError, describeError, type SettingName, settings } from "@pagerport/core";
import type { SettingValue } from "@pagerport/core";

/**
 * Reads a value of the app's configuration and checks it as the setting of that name is checked. An
 * empty text is absent: that is what a variable gives that is defined and has no value.
 *
 * @throws {ConfigError} naming the key
 */
export function readValue<Name extends SettingName>(
  config: Config,
  path: string,
  name: Name,
  within = "",
): SettingValue<Name> | undefined {
  const value = findValue(config, path, within);
  const key = `${within}${path}`;
  if (value === undefined) return undefined;
  const { default: usual, isSecret } = settings[name];
  // A number or a switch may come as text, out of a variable; text comes as nothing else.
  const isText = typeof value === "string";
  const isLike = typeof usual === "number" || typeof usual === "boolean";
  if (!isText && !(isLike && typeof value === typeof usual)) {
    if (!isLike) throw createTextError(key, value);
    const wanted = typeof usual === "boolean" ? "true or false" : "a number";
    throw new ConfigError(`${key} must be ${wanted}`, { setting: key });
  }
  const text = isText ? value : JSON.stringify(value);
  try {
    return settings[name].parse(text) as SettingValue<Name>;
  } catch (error) {
    const shown = isSecret ? "" : `: current value is '${text}'`;
    throw new ConfigError(`${key} ${describeError(error)}${shown}`, { setting: key, cause: error });
  }
}

/**
 * What stands at a key, unchecked. An empty text is absent, there and in the place of a block around it.
 *
 * @throws {ConfigError} naming the key of what should be a block
 */
export function findValue(config: Config, path: string, within = ""): unknown {
  const dot = path.lastIndexOf(".");
  const block = dot < 0 ? config : readBlock(config, path.slice(0, dot), within);
  const value: unknown = block?.getOptional(path.slice(dot + 1));
  return value === "" ? undefined : value;
}

/**
 * Reads a text that no setting is named after; an empty one is absent.
 *
 * @throws {ConfigError} naming the key
 */
export function readText(config: Config, path: string, within = ""): string | undefined {
  const value = findValue(config, path, within);
  if (value === undefined) return undefined;
  if (typeof value === "string") return value;
  throw createTextError(`${within}${path}`, value);
}

/**
 * Reads a switch, which a variable gives as text, in any case of letters; an empty one is absent.
 *
 * @throws {ConfigError} naming the key
 */
export function readSwitch(config: Config, path: string, usual: boolean, within = ""): boolean {
  return readValue(config, path, "initializePortResources", within) ?? usual;
}

/**
 * Reads a block of keys; an empty text in its place is absent.
 *
 * @throws {ConfigError} naming the key
 */
export function readBlock(config: Config, path: string, within = ""): Config | undefined {
  const value = findValue(config, path, within);
  if (value === undefined) return undefined;
  if (typeof value === "object" && !Array.isArray(value)) return config.getConfig(path);
  const key = `${within}${path}`;
  throw new ConfigError(`${key} must be a block of keys, each on a line of its own below it`, {
    setting: key,
  });
}

/**
 * What is not a text. A value of digits alone is a number to YAML, and to Backstage also where a variable
 * holds it; what was written is not to be had from it, so it is not guessed.
 */
export function createTextError(key: string, value: unknown): ConfigError {
  const isPlain = typeof value === "number" || typeof value === "boolean";
  const variable = `APP_CONFIG_${key.replaceAll(".", "_")}`;
  const cure = isPlain
    ? `, and is read as a ${typeof value}: put it in quotes, in a variable within others (${variable}='"..."')`
    : "";
  return new ConfigError(`${key} must be a text${cure}`, { setting: key });
}

/** Reads a value that has a default. */
export function readValueOrDefault<Name extends SettingName>(
  config: Config,
  key: string,
  name: Name,
): SettingValue<Name> {
  return readValue(config, key, name) ?? (settings[name].default as SettingValue<Name>);
}
