import { chmod, lstat, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../clock.ts";
import { keptFor, type Retention } from "../../retention.ts";
import { createKindsOfFiles } from "./kinds-of-files.ts";
import { parseJournalName } from "./journal-names.ts";
import type { JournalShelf } from "./journal-room.ts";

/**
 * Milliseconds for which a file is left alone once it was written: whoever writes it begins another after half of
 * that, see `createJournalFile()`.
 */
const leftAlone = 24 * 3_600_000;
/** Permission bits of anybody but the owner. */
const othersMay = 0o077;

export interface FileShelfOptions {
  readonly folder: string;
  readonly retention: Retention;
  readonly clock: Clock;
}

interface KeptFile {
  readonly path: string;
  readonly rotates: boolean;
  readonly bytes: number;
  /** Milliseconds since it was written. */
  readonly age: number;
}

/** The journals of deletions that are files of a folder; one that is not there is empty. */
export function createFileShelf({ folder, retention, clock }: FileShelfOptions): JournalShelf {
  const kinds = createKindsOfFiles();
  return {
    place: folder,
    async measure() {
      const size = { firm: 0, rotating: 0 };
      for (const file of await list()) size[file.rotates ? "rotating" : "firm"] += file.bytes;
      return size;
    },
    async drop(bytes, rotates) {
      let left = bytes;
      const free = (await list())
        .filter(({ age }) => age >= leftAlone)
        .toSorted((one, other) => other.age - one.age);
      for (const file of free.filter((one) => one.rotates)) {
        if (left <= 0) return;
        left -= await remove(file);
      }
      // Earlier versions wrote all kinds into one file.
      const old = free.filter((one) => !one.rotates && one.age >= keptFor(retention, true));
      for (const file of old) {
        if (left <= 0) return;
        if (await kinds.isWholly(file.path, rotates)) left -= await remove(file);
      }
    },
    async prune() {
      for (const file of await list()) {
        const kept = Math.max(leftAlone, keptFor(retention, file.rotates));
        if (file.age >= kept) await remove(file);
      }
    },
  };

  async function list(): Promise<KeptFile[]> {
    const names = await readdir(folder).catch(() => []);
    const found: KeptFile[] = [];
    for (const name of names) {
      const parsed = parseJournalName(name);
      if (parsed === undefined) continue;
      const path = join(folder, name);
      // Somebody may have taken it away; what is no file, or leads to one elsewhere, is not ours.
      const stat = await lstat(path).catch(() => undefined);
      if (stat?.isFile() !== true) continue;
      if ((stat.mode & othersMay) !== 0) await chmod(path, 0o600).catch(() => undefined);
      const age = clock.now() - stat.mtimeMs;
      found.push({ path, rotates: parsed.rotates, bytes: stat.size, age });
    }
    return found;
  }
}

/** @returns how many bytes it has freed */
async function remove({ path, bytes }: KeptFile): Promise<number> {
  try {
    await unlink(path);
    return bytes;
  } catch (error) {
    // Another process was first.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return bytes;
    throw error;
  }
}
