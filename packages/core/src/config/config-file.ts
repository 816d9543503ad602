import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isMap, isScalar, isSeq, LineCounter, type Pair, parseDocument } from "yaml";
import { ConfigError, describeError } from "../errors.ts";
import { findNearestName } from "../nearest-name.ts";
import { type SettingName, settings } from "./settings.ts";

/** What the file is called, wherever it is found. */
export const configFileName = "pagerport.yaml";

/** A configuration file that was read: its settings, each with its place. */
export interface ConfigFile {
  readonly path: string;
  readonly entries: ReadonlyMap<SettingName, ConfigEntry>;
  /** The file's text, and the keys under which a whole mapping lies in it, where one does. */
  readonly inlineMapping?:
    | { readonly text: string; readonly within: readonly string[] }
    | undefined;
}

interface ConfigEntry {
  readonly text: string;
  /** `file:line:col` */
  readonly place: string;
}

/** Holds a whole mapping, or, like `mappingFile`, names a file. */
const mappingKey = "mapping";

/** Settings that may be lists. */
const listSettings: ReadonlySet<string> = new Set<SettingName>(["takeOver", "leaveTo"]);

/** The file in a folder or the nearest above it. */
export function findConfigFile(folder: string): string | undefined {
  const path = join(folder, configFileName);
  if (existsSync(path)) return path;
  const parent = dirname(folder);
  return parent === folder ? undefined : findConfigFile(parent);
}

/**
 * Reads a configuration file.
 *
 * @throws {ConfigError} with `file:line:col` of every mistake
 */
export function readConfigFile(path: string): ConfigFile {
  const source = readText(path);
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines });
  const placeOf = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${path}:${line}:${col}`;
  };
  const mistakes = document.errors.map(
    (error) =>
      `${placeOf(error.pos[0])}: ${error.message.split("\n")[0]?.replace(/ at line.*/, "")}`,
  );
  const entries = new Map<SettingName, ConfigEntry>();
  let inlineMapping: ConfigFile["inlineMapping"];
  if (mistakes.length === 0 && document.contents !== null) {
    if (!isMap(document.contents)) {
      mistakes.push(`${placeOf(0)}: must be settings, one 'name: value' a line`);
    } else {
      for (const { key, value } of document.contents.items) {
        const name = nameOf(key);
        const place = placeOf(isScalar(key) ? (key.range?.[0] ?? 0) : 0);
        const mistake = findMistake(name, value, document.contents.items);
        if (mistake !== undefined) mistakes.push(`${place}: ${mistake}`);
        else if (isScalar(value)) {
          const setting = name === mappingKey ? "mappingFile" : (name as SettingName);
          entries.set(setting, { text: String(value.value), place });
        } else if (isSeq(value)) {
          entries.set(name as SettingName, { text: (value.toJSON() as string[]).join(","), place });
        } else inlineMapping = { text: source, within: [mappingKey] };
      }
    }
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes.join("\n"));
  return { path, entries, inlineMapping };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new ConfigError(`Cannot read ${path}: ${describeError(error)}`, { cause: error });
  }
}

function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : "";
}

function findMistake(name: string, value: unknown, all: readonly Pair[]): string | undefined {
  if (name === mappingKey) return findMappingMistake(value, all);
  if (!Object.hasOwn(settings, name)) {
    const names = Object.entries(settings).filter(([, setting]) => !setting.isSecret);
    const nearest = findNearestName(name, [mappingKey, ...names.map(([valid]) => valid)]);
    const hint =
      nearest === undefined ? "; 'pagerport config show' names all" : `. Did you mean ${nearest}?`;
    return `there is no setting '${name}'${hint}`;
  }
  const setting = settings[name as SettingName];
  if (setting.isSecret) {
    return `${name} is a secret and does not belong in this file. Set ${setting.environment[0]} in the environment, or ${setting.environment[0]}_FILE to the path of a file that holds it`;
  }
  if (listSettings.has(name) && isSeq(value)) {
    const isWords = value.items.every((item) => isScalar(item) && item.value !== null);
    return isWords ? undefined : `${name} must be names`;
  }
  if (!isScalar(value) || value.value === null) return `${name} must have one value`;
  return undefined;
}

function findMappingMistake(value: unknown, all: readonly Pair[]): string | undefined {
  if (all.some(({ key }) => nameOf(key) === "mappingFile")) {
    return "the same as mappingFile, which is given too";
  }
  const isName = isScalar(value) && typeof value.value === "string" && value.value !== "";
  return isName || isMap(value)
    ? undefined
    : `${mappingKey} must be a mapping or the name of a file that holds one`;
}
