import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { nameDistinctly } from "../../distinct-name.ts";
import { describeError, FileError } from "../../errors.ts";
import { createPinMemory, type PinMemory } from "./pins.ts";

/**
 * Remembers pins in a file of the state folder, one for each integration. A folder that cannot be written
 * keeps none, as it keeps no store.
 */
export function createFilePins(options: {
  readonly stateDir: string;
  readonly integrationIdentifier: string;
}): PinMemory {
  const { stateDir, integrationIdentifier } = options;
  const name = nameDistinctly("pins", {
    shown: integrationIdentifier,
    parts: [integrationIdentifier],
  });
  const path = join(stateDir, `${name}.json`);
  const memory = createPinMemory({
    async readText() {
      try {
        return await readFile(path, "utf8");
      } catch (error) {
        const code: unknown = Reflect.get(Object(error), "code");
        // None yet, or no folder to have one in.
        if (code === "ENOENT" || code === "ENOTDIR") return undefined;
        throw error;
      }
    },
    async writeText(text) {
      try {
        await mkdir(stateDir, { recursive: true, mode: 0o700 });
        // Whole or not at all: a process may be killed while it writes.
        const written = `${path}.${process.pid}`;
        await writeFile(written, `${text}\n`, { mode: 0o600 });
        await rename(written, path);
      } catch {
        // Whoever opened the store was told that nothing can be kept here.
      }
    },
  });
  const explain = (error: unknown): never => {
    throw new FileError(
      `Cannot read ${path}, which says whose account and organisation this integration belongs to: ${describeError(error)}. Without the file they are found out again.`,
      { path, cause: error },
    );
  };
  return {
    read: () => memory.read().catch(explain),
    keep: (pins) => memory.keep(pins).catch(explain),
  };
}
