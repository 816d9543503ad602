import {
  ConfigError,
  loadSetting,
  type SettingName,
  settings,
  type SettingSources,
} from "@pagerport/core";

/** Shorter ones are words that are part of others. */
const shortestMasked = 4;

/** Makes what takes the values of secret settings out of a text, whoever repeats them there. */
export function createSecretMask(sources: SettingSources): (text: string) => string {
  const names = (Object.keys(settings) as SettingName[]).filter((name) => settings[name].isSecret);
  const secrets = names.flatMap((name) => listParts(readValue(name, sources)));
  const longestFirst = secrets
    .filter((secret) => secret.length >= shortestMasked)
    .toSorted((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((shown, secret) => shown.replaceAll(secret, "…"), text);
}

function readValue(name: SettingName, sources: SettingSources): readonly string[] {
  try {
    // A secret is one text, or several.
    const value: unknown = loadSetting(name, sources);
    return [value].flat().filter((one) => typeof one === "string");
  } catch (error) {
    // Nothing is done with what cannot be read.
    if (error instanceof ConfigError) return [];
    throw error;
  }
}

/** A secret, and of an address what opens it: the rest may be shown. */
function listParts(values: readonly string[]): string[] {
  return values.flatMap((value) => {
    if (!URL.canParse(value)) return [value];
    const { password, pathname, search } = new URL(value);
    const isDatabase = value.startsWith("postgres");
    const opens = isDatabase ? [password, decodeURIComponent(password)] : [pathname, search];
    return [value, ...opens];
  });
}
