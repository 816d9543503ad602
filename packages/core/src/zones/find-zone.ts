import { loadZoneData } from "./load-zone-data.ts";

/**
 * The clocks of a place. They come with this package, so that a moment is the same one on every runtime:
 * each of those brings zone data of its own edition.
 */
export interface Zone {
  /** Its name in the tz database, in its spelling: `Europe/Berlin`. */
  readonly name: string;
  /** How far its clocks are ahead of UTC at a moment. Milliseconds, both. */
  offsetAt(moment: number): number;
  /**
   * The moments at which its clocks show a time of day, the earliest first: none where they skip it, two where
   * they show it twice.
   *
   * @param shown what they show, as milliseconds since they showed the beginning of 1970
   */
  momentsOf(shown: number): readonly number[];
  /** The first moment at or after which its clocks show at least a time of day that they skip. */
  afterGap(shown: number): number;
}

/** The clocks of a zone: what they are ahead of UTC at first, and every change. Milliseconds. */
interface Clocks {
  readonly first: number;
  readonly changes: readonly { readonly at: number; readonly ahead: number }[];
}

const minute = 60_000;
/** No two clocks differ by more; in milliseconds. */
const mostAhead = 26 * 3_600_000;

/**
 * Finds a zone by its name in the tz database, in whatever case.
 *
 * @returns undefined where there is none of that name
 */
export function findZone(name: string): Zone | undefined {
  const known = loadZoneData().zone(name);
  if (known === null || name === "") return undefined;
  const [first = 0, ...later] = known.offsets.map(readAhead);
  const changes = later.map((ahead, place) => ({ at: known.untils[place] ?? Infinity, ahead }));
  return createZone(known.name, { first, changes });
}

/** The library counts minutes behind UTC, before there was an agreed time with fractions of them. */
function readAhead(behind: number): number {
  return 0 - Math.round(behind * minute);
}

function createZone(name: string, { first, changes }: Clocks): Zone {
  const aheadAt = (moment: number): number => {
    let [low, high] = [0, changes.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((changes[middle]?.at ?? Infinity) <= moment) low = middle + 1;
      else high = middle;
    }
    return changes[low - 1]?.ahead ?? first;
  };
  return {
    name,
    offsetAt: aheadAt,
    momentsOf(shown) {
      const near = changes.filter(({ at }) => Math.abs(at - shown) <= 2 * mostAhead);
      const offsets = new Set([aheadAt(shown - 2 * mostAhead), ...near.map(({ ahead }) => ahead)]);
      return [...offsets]
        .map((ahead) => shown - ahead)
        .filter((moment) => moment + aheadAt(moment) === shown)
        .toSorted((one, other) => one - other);
    },
    afterGap(shown) {
      // What skips it is the change at which clocks show less before and more after.
      const gap = changes.find(
        ({ at, ahead }) => at + ahead > shown && at + aheadAt(at - 1) <= shown,
      );
      return gap?.at ?? shown - aheadAt(shown);
    },
  };
}
