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
  if (typeof value !== "string" && typeof value !== typeof usual) {
    const wanted = typeof usual === "number" || typeof usual === "boolean" ? typeof usual : "text";
    throw new ConfigError(`${key} must be a ${wanted}`, { setting: key });
  }
  try {
    return settings[name].parse(String(value)) as SettingValue<Name>;
  } catch (error) {
    const shown = isSecret ? "" : `: current value is '${String(value)}'`;
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
