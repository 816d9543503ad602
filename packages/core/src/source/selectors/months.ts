/** Ocean's month. */
const month = 30 * 24 * 3600 * 1000;

/** The moment so many months of 30 days later, at a whole second. */
export function addMonths(moment: number, months: number): number {
  return Math.floor((moment + months * month) / 1000) * 1000;
}
