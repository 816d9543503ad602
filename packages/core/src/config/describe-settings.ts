import { ConfigError } from "../errors.ts";
import { findSetting, loadSetting, type SettingSources, withoutPassword } from "./load-settings.ts";
import type { ListenAddress } from "./parse-address.ts";
import type { Setting } from "./setting.ts";
import { type SettingName, settings } from "./settings.ts";
import { findStateDir } from "./store-settings.ts";

/** A setting as it stands, for a person; nothing of a secret is in it. */
export interface DescribedSetting {
  /** As pagerport.yaml calls it. */
  readonly name: SettingName;
  /** Our variable for it, `PD_TOKEN`. */
  readonly variable: string;
  readonly description: string;
  readonly isSecret: boolean;
  /** What counts; of a secret only how long it is; undefined where nothing does. */
  readonly value: string | undefined;
  readonly source: "flag" | "environment" | "file" | "default" | "unset";
  /** What to call the place: a flag, a variable (`PD_TOKEN_FILE`, `OCEAN__PORT (clientId)`), `file:line:col`. */
  readonly origin: string | undefined;
  /** Why it cannot be used, naming the place. */
  readonly mistake: string | undefined;
}

/** Every setting as it stands, in the order of the table; nothing is thrown for one that is wrong. */
export function describeSettings(sources: SettingSources, cwd: string): DescribedSetting[] {
  const names = Object.keys(settings) as SettingName[];
  return names.map((name) => describeSetting(name, sources, cwd));
}

function describeSetting(
  name: SettingName,
  sources: SettingSources,
  cwd: string,
): DescribedSetting {
  const { environment, description, isSecret }: Setting<unknown> = settings[name];
  const shared = { name, variable: environment[0], description, isSecret };
  const unset = { ...shared, value: undefined, origin: undefined, mistake: undefined };
  try {
    const found = findSetting(name, sources);
    if (found === undefined) {
      const value = describeDefault(name, sources, cwd);
      return { ...unset, value, source: value === undefined ? "unset" : "default" };
    }
    const { source, text } = found;
    const value = isSecret ? maskSecret(text) : withoutPassword(text);
    const origin = source === "file" ? found.origin.replace(/: \w+$/, "") : found.origin;
    return { ...shared, value, source, origin, mistake: findMistake(name, sources) };
  } catch (error) {
    // A file with a secret that cannot be read, or a variable that holds no JSON.
    if (!(error instanceof ConfigError)) throw error;
    return { ...unset, source: "environment", origin: error.setting, mistake: error.message };
  }
}

function findMistake(name: SettingName, sources: SettingSources): string | undefined {
  try {
    loadSetting(name, sources);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

/** The length tells a secret that was copied in part, and nothing else. */
function maskSecret(text: string): string {
  return `(secret, ${text.length} ${text.length === 1 ? "character" : "characters"})`;
}

/** What holds where a setting is not set, for a person; undefined where nothing does. */
function describeDefault(
  name: SettingName,
  sources: SettingSources,
  cwd: string,
): string | undefined {
  if (name === "stateDir") return findStateDir(sources, cwd);
  return formatDefault(settings[name]);
}

/** A setting's default for a person: `960`, `0.0.0.0:8000`; undefined where there is none. */
export function formatDefault(setting: Setting<unknown>): string | undefined {
  const { default: value, defaultText } = setting;
  if (defaultText !== undefined) return defaultText;
  if (value === undefined || value === "") return undefined;
  if (typeof value === "string") return value;
  return isAddress(value) ? `${value.host}:${value.port}` : JSON.stringify(value);
}

function isAddress(value: unknown): value is ListenAddress {
  return typeof value === "object" && value !== null && "host" in value && "port" in value;
}
