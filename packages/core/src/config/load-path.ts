import { dirname, isAbsolute, resolve } from "node:path";
import { findSetting, type SettingSources } from "./load-settings.ts";

/**
 * A setting that is a path, made absolute: from pagerport.yaml it is relative to that file, else to the
 * current folder.
 */
export function loadPath(
  name: "stateDir" | "mappingFile",
  sources: SettingSources,
  cwd: string,
): string | undefined {
  const found = findSetting(name, sources);
  if (found === undefined) return undefined;
  if (isAbsolute(found.text)) return found.text;
  const { file } = sources;
  const folder = found.source === "file" && file !== undefined ? dirname(file.path) : cwd;
  return resolve(cwd, folder, found.text);
}
