import { relative } from "node:path";
import { loadPath } from "./load-path.ts";
import { findSetting, type SettingSources } from "./load-settings.ts";

/** A mapping that the user has given: a file's name, or a text that holds it. */
export type GivenMapping = {
  readonly from: "flag" | "environment" | "file";
  /** What mistakes call its file. */
  readonly name: string;
} & (
  | {
      /** Absolute; `-` = stdin. */
      readonly path: string;
      /** Where it was named: a flag, a variable, `file:line:col: name`. */
      readonly origin: string;
    }
  | {
      readonly text: string;
      /** The keys under which the mapping lies in it. */
      readonly within: readonly string[];
    }
);

/**
 * Where the mapping is that the user has given: `--mapping`, PAGERPORT_MAPPING_FILE, `mappingFile` or
 * `mapping` in pagerport.yaml, in this order.
 *
 * @returns undefined where none is given: then the one that is stored in Port counts
 */
export function findMapping(sources: SettingSources, cwd: string): GivenMapping | undefined {
  const found = findSetting("mappingFile", sources);
  if (found !== undefined) {
    const { source: from, text, origin } = found;
    if (text === "-" && from === "flag") return { from, origin, name: "stdin", path: "-" };
    const path = loadPath("mappingFile", sources, cwd) ?? text;
    return { from, origin, name: from === "file" ? relative(cwd, path) : text, path };
  }
  const { file } = sources;
  if (file?.inlineMapping === undefined) return undefined;
  const { text, within } = file.inlineMapping;
  return { from: "file", name: file.path, text, within };
}
