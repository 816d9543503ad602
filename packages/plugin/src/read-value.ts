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
  const value: unknown = config.getOptional(path);
  const key = `${within}${path}`;
  if (value === undefined || value === "") return undefined;
  const { default: usual, isSecret } = settings[name];
  // A number or a switch may come as text, out of a variable; text comes as nothing else.
  const isText = typeof value === "string";
  const isLike = typeof usual === "number" || typeof usual === "boolean";
  if (!isText && !(isLike && typeof value === typeof usual)) {
    const wanted = isLike ? typeof usual : "text";
    throw new ConfigError(`${key} must be a ${wanted}`, { setting: key });
  }
  const text = isText ? value : JSON.stringify(value);
  try {
    return settings[name].parse(text) as SettingValue<Name>;
  } catch (error) {
    const shown = isSecret ? "" : `: current value is '${text}'`;
    throw new ConfigError(`${key} ${describeError(error)}${shown}`, { setting: key, cause: error });
  }
}

/** Reads a value that has a default. */
export function readValueOrDefault<Name extends SettingName>(
  config: Config,
  key: string,
  name: Name,
): SettingValue<Name> {
  return readValue(config, key, name) ?? (settings[name].default as SettingValue<Name>);
}
