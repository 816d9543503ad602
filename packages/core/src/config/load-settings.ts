import { readFileSync } from "node:fs";
import { ConfigError, describeError } from "../errors.ts";
import type { ConfigFile } from "./config-file.ts";
import { type Setting, type SettingName, settings, type SettingValue } from "./settings.ts";

/** Where settings are looked for, the first that has one wins: flags, environment, file, default. */
export interface SettingSources {
  readonly flags?: Readonly<Partial<Record<SettingName, string>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file?: ConfigFile | undefined;
}

/** A setting's text, and what to call the place where it was found. */
interface Found {
  readonly text: string;
  readonly origin: string;
}

/**
 * Finds a setting and checks it.
 *
 * @returns undefined where it is set nowhere and has no default
 * @throws {ConfigError} naming the setting, where it was found, and what is valid
 */
export function loadSetting<Name extends SettingName>(
  name: Name,
  sources: SettingSources,
): SettingValue<Name> | undefined {
  const setting: Setting<string | number> = settings[name];
  const found = findSetting(name, setting, sources);
  if (found === undefined) return setting.default as SettingValue<Name> | undefined;
  try {
    return setting.parse(found.text) as SettingValue<Name>;
  } catch (error) {
    const value = setting.isSecret ? "" : `: current value is '${found.text}'`;
    throw new ConfigError(`${found.origin} ${describeError(error)}${value}`, {
      setting: found.origin,
      cause: error,
    });
  }
}

/** Finds a setting that a command cannot do without. */
export function requireSetting<Name extends SettingName>(
  name: Name,
  sources: SettingSources,
): SettingValue<Name> {
  const value = loadSetting(name, sources);
  if (value !== undefined) return value;
  const { environment, description } = settings[name];
  const [variable] = environment;
  throw new ConfigError(`${variable} is not set: ${description}`, { setting: variable });
}

function findSetting(
  name: SettingName,
  setting: Setting<string | number>,
  sources: SettingSources,
): Found | undefined {
  const { flags, environment, file } = sources;
  const flag = flags?.[name];
  if (flag !== undefined) return { text: flag, origin: setting.flag ?? name };

  for (const variable of setting.environment) {
    // An empty variable is unset: pipelines define variables whose secret does not exist.
    const text = environment[variable];
    if (text !== undefined && text !== "") return { text, origin: variable };
    const path = environment[`${variable}_FILE`];
    if (setting.isSecret && path !== undefined && path !== "") {
      return { text: readSecret(`${variable}_FILE`, path), origin: `${variable}_FILE` };
    }
  }
  const entry = file?.entries.get(name);
  return entry === undefined ? undefined : { text: entry.text, origin: `${entry.place}: ${name}` };
}

function readSecret(variable: string, path: string): string {
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
