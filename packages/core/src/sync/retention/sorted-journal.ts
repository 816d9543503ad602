import type { Clock } from "../../clock.ts";
import { createJournalFile, type JournalFile } from "../journal-file.ts";
import { rotatingMark } from "./journal-names.ts";
import type { JournalRoom } from "./journal-room.ts";

/** A journal of deletions in two files, so that what rotates can be removed by itself. */
export interface SortedJournal extends Omit<JournalFile, "path"> {
  /** Where it is; none while nothing has been written. */
  readonly paths: readonly string[];
}

/**
 * Makes a journal of deletions in `deleted-<run>.ndjson`, and in `deleted-<run>-rotating.ndjson` for kinds that
 * end by themselves all the time. See `createJournalFile()`.
 */
export function createSortedJournal(options: {
  readonly folder: string;
  readonly run: number | string;
  readonly clock: Clock;
  readonly room?: JournalRoom | undefined;
}): SortedJournal {
  const { folder, run, clock, room } = options;
  const firm = createJournalFile({ folder, run, clock });
  const rotating = createJournalFile({ folder, run: `${run}${rotatingMark}`, clock });
  const files = [firm, rotating];
  return {
    get paths() {
      return files.flatMap(({ path }) => path ?? []);
    },
    get entities() {
      return firm.entities + rotating.entities;
    },
    ...(room !== undefined && { admit: room.admit }),
    append: (line, rotates = false) => (rotates ? rotating : firm).append(line),
    async flush() {
      for (const file of files) await file.flush();
    },
    async [Symbol.asyncDispose]() {
      for (const file of files) await file[Symbol.asyncDispose]();
    },
  };
}
