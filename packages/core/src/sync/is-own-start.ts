const second = 1000;

/**
 * Whether the start of a run that Port tells of is one of a store's own runs. A moment of a whole second may be
 * one that was rounded: a store that no longer knew its own runs would delete nothing any more.
 */
export function isOwnStart(told: number, own: Iterable<number>): boolean {
  const mayBeOff = told % second === 0 ? second : 1;
  for (const start of own) if (Math.abs(start - told) < mayBeOff) return true;
  return false;
}
