import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ConfigError, nameRotating, parseJournalName } from "@pagerport/core";

/** A file of what a run, or events, deleted. */
export interface JournalFileInfo {
  /** `live` = what events deleted. */
  readonly run: number | "live";
  readonly entities: number;
  /** When it was last written, ISO 8601. */
  readonly until: string;
  readonly path: string;
  /** Whether it holds what ends by itself all the time: on-calls. */
  readonly rotates: boolean;
}

/** Lists the files of what was deleted in some folders, the latest first. Folders that are not there have none. */
export async function listJournalFiles(
  folders: readonly string[],
): Promise<readonly JournalFileInfo[]> {
  const found: JournalFileInfo[] = [];
  for (const folder of new Set(folders)) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names) {
      const parsed = parseJournalName(name);
      if (parsed === undefined) continue;
      const path = join(folder, name);
      const text = await readFile(path, "utf8");
      const { mtime } = await stat(path);
      const { run, rotates } = parsed;
      const entities = text.split("\n").filter((line) => line.trim() !== "").length;
      if (entities > 0) found.push({ run, entities, until: mtime.toISOString(), path, rotates });
    }
  }
  return found.toSorted((one, other) => other.until.localeCompare(one.until));
}

/**
 * The files of what a run deleted: one, and another for what ends by itself all the time.
 *
 * @throws {ConfigError} where there is none, or more than one of a sort
 */
export async function findJournalFiles(
  run: number | "live",
  folders: readonly string[],
): Promise<readonly string[]> {
  const files = (await listJournalFiles(folders)).filter((file) => file.run === run);
  const [first] = files;
  const sorts = Map.groupBy(files, ({ rotates }) => rotates);
  const wanted = run === "live" ? "events" : `run ${run}`;
  if (first === undefined) {
    throw new ConfigError(
      `Nothing that ${wanted} deleted is in ${folders.join(" or ")}: 'pagerport restore --list' shows what there is`,
      { setting: "--run" },
    );
  }
  if ([...sorts.values()].every(({ length }) => length === 1)) {
    return [false, true].flatMap((rotates) => sorts.get(rotates) ?? []).map(({ path }) => path);
  }
  const paths = files.map(({ path }) => path).join(", ");
  throw new ConfigError(`There are several files of what ${wanted} deleted: name one of ${paths}`, {
    setting: "--run",
  });
}

/** A file that was named, with the one beside it of what ends by itself all the time. */
export function addRotating(path: string): readonly string[] {
  const name = nameRotating(basename(path));
  return name === undefined ? [path] : chooseExisting(path, join(dirname(path), name));
}

function chooseExisting(path: string, beside: string): readonly string[] {
  if (!existsSync(beside)) return [path];
  // Where nothing else was deleted there is no other.
  return existsSync(path) ? [path, beside] : [beside];
}
