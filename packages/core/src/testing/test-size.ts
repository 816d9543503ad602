/** True where the tests run in the sizes that the reliability figures come from. */
const isLong = process.env["PAGERPORT_TEST_SIZE"] === "long";

/** How many random cases a property test tries: a number in the short size, ten times it in the long. */
export function caseCount(short: number): number {
  return isLong ? short * 10 : short;
}
