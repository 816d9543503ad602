/** The two sizes of the same tests: `bun run test` and `bun run test:long`. */
export const isLong = process.env["PAGERPORT_TEST_SIZE"] === "long";

/** Picks a figure by size. */
export function bySize<Value>(sizes: { readonly short: Value; readonly long: Value }): Value {
  return isLong ? sizes.long : sizes.short;
}
