import type { Clock } from "../clock.ts";

/** Bytes that bodies which are being read may hold together. */
export const budgetBytes = 32 * 1024 * 1024;
/** A body up to this size, as announced and as it arrives, is a small one: nearly every event is. */
export const smallBody = 64 * 1024;
/** The part of the budget that is for small bodies alone; large ones share the rest. */
const partForSmall = 1 / 4;
/** As many of PagerDuty's largest events, 256 KiB, as the large bodies' part has room for. */
const mostLarge = 96;
/** Milliseconds that a large body may be on its way before it gives way to another. */
export const bodyPatience = 1000;

/** What one body holds while it is being read. */
export interface BodyShare {
  /** Bytes that have arrived. */
  readonly held: number;
  readonly isSmall: boolean;
  /** Asks for room for more bytes that have arrived; false where there is none. */
  take(bytes: number): boolean;
  /** Gives back all that it holds; asked again, it does nothing. */
  end(): void;
}

/** What all bodies that are being read share. */
export interface BodyBudget {
  /** Bytes that are held by now, of small and of large bodies. */
  readonly used: { readonly small: number; readonly large: number };
  /**
   * Whether there is no room for a body of that length, or there are too many large ones already: what
   * comes with their heads is in memory before it can be counted. Nothing of it is read to know.
   */
  refuses(announced: number | undefined): boolean;
  /**
   * Begins a body, which holds nothing so far.
   *
   * @param announced its length by its head; undefined where that does not tell
   * @param onLost its bytes were needed for another: it has none any more, and is not to be read on
   */
  begin(announced: number | undefined, onLost: () => void): BodyShare;
}

/** `held` is what the budget knows it by, and `pot` where that is counted. */
interface Entry {
  held: number;
  pot: "small" | "large";
  readonly startedAt: number;
  readonly onLost: () => void;
}

/**
 * Makes the budget of a server's bodies. Where there is no room, the body that began first gives way: a
 * small one at once, as it would have been there long since, were its sender an honest one; a large one
 * after {@link bodyPatience}, so that a burst of large bodies does not throw out one another. Where
 * nothing gives way, there is no room.
 */
export function createBodyBudget({ clock }: { readonly clock: Clock }): BodyBudget {
  const sizes = { small: budgetBytes * partForSmall, large: budgetBytes * (1 - partForSmall) };
  const used = { small: 0, large: 0 };
  // In the order in which they began.
  const entries = new Set<Entry>();

  const release = (entry: Entry): void => {
    if (entries.delete(entry)) used[entry.pot] -= entry.held;
  };
  const lose = (entry: Entry): void => {
    release(entry);
    entry.onLost();
  };
  const makeRoom = (pot: Entry["pot"], bytes: number, asking: Entry): boolean => {
    if (used[pot] + bytes <= sizes[pot]) return true;
    const latest = pot === "small" ? Infinity : clock.now() - bodyPatience;
    for (const entry of entries) {
      if (entry === asking || entry.pot !== pot || entry.held === 0) continue;
      if (entry.startedAt > latest) continue;
      lose(entry);
      if (used[pot] + bytes <= sizes[pot]) return true;
    }
    return false;
  };

  return {
    used,
    refuses(announced) {
      if (announced === undefined || announced <= smallBody) return false;
      const large = [...entries].filter(({ pot }) => pot === "large");
      if (used.large < sizes.large && large.length < mostLarge) return false;
      const first = large.find(({ startedAt }) => startedAt <= clock.now() - bodyPatience);
      if (first !== undefined) lose(first);
      return first === undefined;
    },
    begin(announced, onLost) {
      const pot = announced !== undefined && announced > smallBody ? "large" : "small";
      const entry: Entry = { held: 0, pot, startedAt: clock.now(), onLost };
      entries.add(entry);
      return {
        get held() {
          return entry.held;
        },
        get isSmall() {
          return entry.pot === "small";
        },
        take(bytes) {
          if (!entries.has(entry)) return false;
          const held = entry.held + bytes;
          // It may be larger than it said, or have said nothing.
          const isMoving = entry.pot === "small" && held > smallBody;
          const next = isMoving ? "large" : entry.pot;
          if (!makeRoom(next, isMoving ? held : bytes, entry)) return false;
          used[entry.pot] -= entry.held;
          used[next] += held;
          entry.pot = next;
          entry.held = held;
          return true;
        },
        end: () => release(entry),
      };
    },
  };
}
