import type { Clock } from "@pagerport/core";

/** Lines of one sort that are told one by one in … */
export const mostLines = 10;
/** … so many milliseconds; of the others their number is. */
export const linePeriod = 60_000;

export interface ThrottleLinesOptions<Item> {
  readonly clock: Clock;
  readonly tellOne: (item: Item) => void;
  /** Told at the end of each period how many there were besides, and the last of them. */
  readonly tellRest: (count: number, last: Item) => void;
}

/**
 * Tells the first ones whole, and as long as more come than that one line a period with their number:
 * whoever floods a server must not fill its log as well.
 */
export function throttleLines<Item>(options: ThrottleLinesOptions<Item>): (item: Item) => void {
  const { clock, tellOne, tellRest } = options;
  let told = 0;
  let rest = 0;
  let last: Item | undefined;

  async function sumUp(): Promise<void> {
    for (;;) {
      await clock.sleep(linePeriod);
      if (rest === 0 || last === undefined) break;
      tellRest(rest, last);
      rest = 0;
    }
    told = 0;
  }

  return (item) => {
    if (told === 0) void sumUp();
    if (told < mostLines) {
      told += 1;
      tellOne(item);
      return;
    }
    rest += 1;
    last = item;
  };
}
