import type { Config } from "@backstage/config";
import { ConfigError } from "@pagerport/core";
import { createTextError, findValue, readSwitch } from "./read-value.ts";

/** Who may do what, besides what Backstage's permissions say. */
export interface PluginAccess {
  /** Whether the portal has a permission framework, which then decides. */
  readonly hasPermissions: boolean;
  /** Entities of people and groups who may act where it has none; `kind:namespace/name`, in small letters. */
  readonly allowActions: ReadonlySet<string>;
}

const key = "pagerport.allowActions";

/**
 * Reads `pagerport.allowActions`: a list, or one text with commas between them.
 *
 * @throws {ConfigError}
 */
export function readAccess(config: Config): PluginAccess {
  const given = findValue(config, key);
  const list: readonly unknown[] = Array.isArray(given) ? given : [given ?? ""];
  const refs = list.flatMap((text, place) => {
    const at = Array.isArray(given) ? `${key}[${place}]` : key;
    if (typeof text !== "string") throw createTextError(at, text);
    return text
      .split(",")
      .map((ref) => ref.trim())
      .filter((ref) => ref !== "")
      .map((ref) => parseRef(ref, at));
  });
  const hasPermissions = readSwitch(config, "permission.enabled", false);
  return { hasPermissions, allowActions: new Set(refs) };
}

/** The namespace may be left out, as everywhere in Backstage. */
function parseRef(text: string, at: string): string {
  const match = /^(user|group):(?:([\w.-]+)\/)?([\w.@+-]+)$/i.exec(text);
  const [, kind, namespace = "default", name] = match ?? [];
  if (match !== null) return `${kind}:${namespace}/${name}`.toLowerCase();
  throw new ConfigError(
    `${at} must be references of users or groups, such as group:default/on-call: current value is '${text}'`,
    { setting: at },
  );
}
