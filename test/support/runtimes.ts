import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const modules = join(import.meta.dir, "../../node_modules");

/** Command lines that run a TypeScript file unbuilt, by runtime. */
export const runtimes: Readonly<Record<string, readonly string[]>> = {
  Bun: [process.execPath],
  Deno: [findDeno(), "run", "-A", "--quiet"],
  "Node 22": [findNode("22")],
  "Node 24": [findNode("24")],
};

/**
 * The executable itself: a signal to the package's wrapper would not reach it. It is in a package of
 * its own for each platform.
 */
function findDeno(): string {
  const libc = process.platform === "linux" ? "-glibc" : "";
  const name = `@deno/${process.platform}-${process.arch}${libc}/package.json`;
  const deno = createRequire(realpathSync(join(modules, "deno/package.json")));
  return join(dirname(deno.resolve(name)), "deno");
}

/** The Node that comes with the development dependencies (Linux on x64); elsewhere the one on the PATH. */
function findNode(major: string): string {
  const path = join(modules, `node-${major}/bin/node`);
  return existsSync(path) ? path : "node";
}

/**
 * Options of a test that waits for the end of a runtime. With the libfaketime (0.9.10) of `bun run test:hours`
 * Deno crashes now and then as it ends, all its work done: exit code 139.
 */
export function endOptions(runtime: string): { retry: number } {
  return { retry: runtime === "Deno" && "FAKETIME" in process.env ? 2 : 0 };
}
