import { statSync } from "node:fs";
import { ConfigError, describeError } from "../errors.ts";
import type { ConfigFile } from "./config-file.ts";
import { type Environment, findOceanVariable, readVariable, usesOcean } from "./ocean-variables.ts";
import { readSecretFile } from "./read-secret-file.ts";
import type { Setting } from "./setting.ts";
import { type SettingName, settings, type SettingValue } from "./settings.ts";

/** Where settings are looked for, the first that has one wins: flags, environment, file, default. */
export interface SettingSources {
  readonly flags?: Readonly<Partial<Record<SettingName, string>>>;
  readonly environment: Environment;
  readonly file?: ConfigFile | undefined;
}

/** A setting's text, and where it was found. */
export interface FoundSetting {
  readonly text: string;
  /** What to call the place: a flag, a variable, `file:line:col: name`. */
  readonly origin: string;
  readonly source: "flag" | "environment" | "file";
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
  const setting: Setting<unknown> = settings[name];
  const found = findSetting(name, sources);
  if (found === undefined) return setting.default as SettingValue<Name> | undefined;
  try {
    return setting.parse(found.text) as SettingValue<Name>;
  } catch (error) {
    const value = setting.isSecret ? "" : `: current value is '${withoutPassword(found.text)}'`;
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
  const { environment, ocean, description }: Setting<unknown> = settings[name];
  const [variable] = environment;
  // Whoever sets Ocean's names looks for those.
  const oceanName = usesOcean(sources.environment) ? ocean?.[0] : undefined;
  const names = oceanName === undefined ? variable : `${variable} (or ${oceanName})`;
  throw new ConfigError(`${names} is not set: ${description}`, { setting: variable });
}

/**
 * Whether a setting comes from a file of its own, which may be replaced while a process runs. What can be
 * read once only, a pipe, is none. Nothing is read.
 */
export function isFromFile(name: SettingName, sources: SettingSources): boolean {
  if (sources.flags?.[name] !== undefined) return false;
  const path = locate(settings[name], sources.environment)?.path;
  return path !== undefined && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Finds a setting's text, unchecked. */
export function findSetting(name: SettingName, sources: SettingSources): FoundSetting | undefined {
  const setting: Setting<unknown> = settings[name];
  const { flags, environment, file } = sources;
  const flag = flags?.[name];
  if (flag !== undefined) return { text: flag, origin: setting.flag ?? name, source: "flag" };

  const found = locate(setting, environment);
  if (found !== undefined) {
    const { origin, path } = found;
    const text = path === undefined ? found.text : readSecretFile(origin, path);
    return { text, origin, source: "environment" };
  }

  const entry = file?.entries.get(name);
  if (entry === undefined) return undefined;
  return { text: entry.text, origin: `${entry.place}: ${name}`, source: "file" };
}

/** A variable with a text, or with the path of the file that holds it. */
type Variable =
  | { readonly origin: string; readonly text: string; readonly path?: undefined }
  | { readonly origin: string; readonly path: string };

function locate(setting: Setting<unknown>, environment: Environment): Variable | undefined {
  return locateOwn(setting, environment) ?? locateOceans(setting, environment);
}

function locateOwn(setting: Setting<unknown>, environment: Environment): Variable | undefined {
  const { isSecret, hasFile = isSecret } = setting;
  for (const variable of setting.environment) {
    // An empty variable is unset: pipelines define variables whose secret does not exist.
    const text = environment[variable];
    if (text !== undefined && text !== "") return { text, origin: variable };
    const path = environment[`${variable}_FILE`];
    if (hasFile && path !== undefined && path !== "") return { path, origin: `${variable}_FILE` };
  }
  return undefined;
}

function locateOceans(setting: Setting<unknown>, environment: Environment): Variable | undefined {
  const { ocean = [], oceanPath, isSecret } = setting;
  const named = oceanPath === undefined ? undefined : readVariable(environment, oceanPath);
  if (named !== undefined) return { path: named.text, origin: named.origin };
  for (const variable of ocean) {
    const found = findOceanVariable(environment, variable);
    if (found !== undefined) return found;
    const file = isSecret ? readVariable(environment, `${variable}_FILE`) : undefined;
    if (file !== undefined) return { path: file.text, origin: file.origin };
  }
  return undefined;
}

/** Nobody should write a password into an address, so somebody does. */
export function withoutPassword(text: string): string {
  return text.replace(/\/\/.*@/, "//…@");
}
