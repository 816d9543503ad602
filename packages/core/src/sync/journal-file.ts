import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../clock.ts";
import { describeError, FileError } from "../errors.ts";
import { NdjsonFile } from "../sink/ndjson.ts";
import type { DeletionJournal } from "./deletion/carry/delete-journalled.ts";

/** Whole entities are somebody's data: for nobody else to read. */
const mode = 0o600;

/**
 * Milliseconds after which the next line begins another file: one that was not written for twice as long is
 * nobody's any more, and may be removed.
 */
const writtenFor = 12 * 3_600_000;

/** Files of one name that are tried: a store in memory counts its runs from 1 each time. */
const mostNames = 1000;

/** A journal of deletions in a file. */
export interface JournalFile extends DeletionJournal, AsyncDisposable {
  /** Where it is, the last of several; undefined while nothing has been written, and no file made. */
  readonly path: string | undefined;
  /** Entities that are on disk. */
  readonly entities: number;
}

/** A folder and a run (`deleted-<run>.ndjson` in it), or a file of the caller's own choice. */
export type JournalFileOptions =
  | {
      readonly folder: string;
      readonly run: number | string;
      /** Has another file begun after half a day. @default all in one */
      readonly clock?: Clock | undefined;
    }
  | { readonly path: string };

/**
 * Makes a journal of deletions in a file that comes to be with its first line, and never in the place
 * of another: a run whose name is taken gets the next one (`deleted-7-2.ndjson`), a path that the caller
 * chose is refused.
 *
 * Its `flush` resolves when the disk has the lines and the file's name, and rejects with a
 * {@link FileError} that names the path.
 */
export function createJournalFile(options: JournalFileOptions): JournalFile {
  let file: NdjsonFile | undefined;
  let pending: string[] = [];
  let appended = 0;
  let entities = 0;
  let path: string | undefined;
  let madeAt = 0;

  /** What could not be written waits in the file that there is. */
  async function endOld(): Promise<void> {
    if (!("folder" in options) || options.clock === undefined) return;
    const isOld = Math.abs(options.clock.now() - madeAt) >= writtenFor;
    if (file === undefined || !isOld || appended > entities || pending.length === 0) return;
    await file[Symbol.asyncDispose]();
    file = undefined;
  }

  async function make(): Promise<NdjsonFile> {
    path = await makeFile(options);
    madeAt = "folder" in options ? (options.clock?.now() ?? 0) : 0;
    return NdjsonFile.open(path, 0);
  }

  return {
    get path() {
      return path;
    },
    get entities() {
      return entities;
    },
    append: (line) => void pending.push(line),
    async flush() {
      if (pending.length === 0 && file === undefined) return;
      await endOld();
      file ??= await make();
      // What cannot be written stays with the file, for its next flush.
      for (const line of pending) file.append(line);
      appended += pending.length;
      pending = [];
      await file.flush();
      entities = appended;
    },
    async [Symbol.asyncDispose]() {
      await file?.[Symbol.asyncDispose]();
    },
  };
}

/** Makes the file, empty, where none is. */
async function makeFile(options: JournalFileOptions): Promise<string> {
  if ("path" in options) {
    const made = await makeIfFree(options.path);
    if (made) return options.path;
    throw refuse(options.path, "it exists, and holds what another run has deleted");
  }
  const { folder, run } = options;
  for (let count = 1; count <= mostNames; count += 1) {
    const suffix = count === 1 ? "" : `-${count}`;
    const path = join(folder, `deleted-${run}${suffix}.ndjson`);
    if (await makeIfFree(path)) return path;
  }
  throw refuse(join(folder, `deleted-${run}.ndjson`), "it exists, as do all names like it");
}

async function makeIfFree(path: string): Promise<boolean> {
  try {
    const handle = await open(path, "wx", mode);
    await handle.close();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw refuse(path, describeError(error), error);
  }
  await keepName(dirname(path));
  return true;
}

/** A file outlives a power failure only where its folder is on disk too; not every system allows that. */
async function keepName(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // Windows opens no folders; there names are written at once.
  }
}

function refuse(path: string, reason: string, cause?: unknown): FileError {
  const message = `Cannot write the journal of deletions ${path}: ${reason}`;
  return new FileError(message, { path, ...(cause === undefined ? {} : { cause }) });
}
