import type { Clock } from "../../clock.ts";
import { JournalFullError } from "../../errors.ts";
import type { JournalNote } from "../../store/retention/journal-note.ts";
import { formatMebibytes, type JournalSize, type Retention } from "../../retention.ts";

/** Milliseconds that a measure of the journal is believed: others write to it too. */
const measureEvery = 600_000;
/** What is made free beyond what is needed, as a share of the limit: not each deletion is to look for room. */
const spare = 0.05;
/** Milliseconds between two times that it is told that there is no room. */
const tellEvery = 3_600_000;

/** Where a journal of deletions is kept. */
export interface JournalShelf {
  /** For a person. */
  readonly place: string;
  measure(): Promise<JournalSize>;
  /** Drops what rotates, the oldest first, until so many bytes are free, or nothing of it is left. */
  drop(bytes: number, rotates: (blueprint: string) => boolean): Promise<void>;
  /** Drops what has been kept for its time. */
  prune(): Promise<void>;
}

export interface JournalRoomOptions {
  readonly shelf: JournalShelf;
  readonly retention: Retention;
  readonly clock: Clock;
  /** What the settings are called, for a person who needs room. */
  readonly names: RetentionNames;
  /** Where it is remembered how full the journal is; undefined = nowhere. */
  readonly memory?: JournalMemory | undefined;
  /** Told that there is no room: at once, and once an hour while that is so. */
  readonly onFull?: ((error: JournalFullError) => void) | undefined;
}

/** Keeps one note on the journal for all who ask. */
export interface JournalMemory {
  read(): Promise<JournalNote | undefined>;
  keep(note: JournalNote): Promise<void>;
}

/** What the settings are called where they are set. */
export interface RetentionNames {
  readonly limit: string;
  readonly days: string;
}

/** Sees that the journal of deletions keeps within its limit. */
export interface JournalRoom {
  /**
   * Makes sure that there is room, by dropping what rotates.
   *
   * @param bytes that are to be written
   * @param rotates see `createRotatingTest`
   * @throws {JournalFullError} where there is none: then nothing may be deleted
   */
  readonly admit: (bytes: number, rotates: (blueprint: string) => boolean) => Promise<void>;
  /** Drops what has been kept for its time, and notes how full the journal is. */
  readonly tidy: () => Promise<void>;
}

/** Makes the guard of one journal; those who share a process share it. */
export function createJournalRoom(options: JournalRoomOptions): JournalRoom {
  const { shelf, retention, clock, memory } = options;
  const { limit } = retention;
  /** By the last measure, with what was let in since. */
  let used: { readonly measuredAt: number; readonly firm: number; total: number } | undefined;
  let toldAt: number | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function measure(): Promise<{ firm: number; total: number }> {
    const { firm, rotating } = await shelf.measure();
    used = { measuredAt: clock.now(), firm, total: firm + rotating };
    return used;
  }

  async function note(refused: number): Promise<void> {
    const { firm = 0, total = 0 } = used ?? {};
    await memory?.keep({ firm, rotating: total - firm, limit, refused });
  }

  async function admit(bytes: number, rotates: (blueprint: string) => boolean): Promise<void> {
    if (limit === 0) return;
    const age = used === undefined ? measureEvery : Math.abs(clock.now() - used.measuredAt);
    let known = used === undefined || age >= measureEvery ? await measure() : used;
    // Others may have made room since.
    if (known.total + bytes > limit && age < measureEvery) known = await measure();
    if (known.total + bytes > limit) {
      await shelf.drop(known.total + bytes - limit + limit * spare, rotates);
      known = await measure();
    }
    if (known.total + bytes > limit) {
      await note(bytes);
      const message = describeFull(bytes, known, options);
      const error = new JournalFullError(message, { path: shelf.place });
      if (toldAt === undefined || Math.abs(clock.now() - toldAt) >= tellEvery) {
        toldAt = clock.now();
        options.onFull?.(error);
      }
      throw error;
    }
    known.total += bytes;
  }

  return {
    admit(bytes, rotates) {
      // One after another: two are not to be given the same room.
      const turn = last.then(() => admit(bytes, rotates));
      last = turn.catch(() => undefined);
      return turn;
    },
    async tidy() {
      await shelf.prune();
      const { firm } = await measure();
      const { refused = 0 } = (await memory?.read()) ?? {};
      const isFull = limit > 0 && firm + refused > limit;
      if (!isFull) toldAt = undefined;
      await note(isFull ? refused : 0);
    },
  };
}

function describeFull(
  bytes: number,
  { firm, total }: { readonly firm: number; readonly total: number },
  { shelf, retention: { limit, days }, names }: JournalRoomOptions,
): string {
  const kept = `${formatMebibytes(total)} of ${formatMebibytes(limit)} MiB are taken, ${formatMebibytes(firm)} of them by what is kept for ${days} days`;
  return `Nothing is deleted, as what goes could not be put back: the journal of deletions (${shelf.place}) has no room for ${formatMebibytes(bytes)} MiB more; ${kept}. Raise ${names.limit}, or lower ${names.days}`;
}
