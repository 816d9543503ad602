import { readTimes } from "./read-times.ts";
import { writeTimes } from "./write-times.ts";

/**
 * The definitions that some expressions need so that times are read and written as by jq 1.8.2 on Linux; empty
 * where they use none of these functions, as most do. A name in a text or a comment counts too: that costs 10 ms a page.
 */
export function defineTimes(expressions: readonly string[]): string {
  const reads = expressions.some((text) => /\b(?:strptime|fromdate(?:iso8601)?)\b/.test(text));
  const writes = expressions.some((text) =>
    /\b(?:strf(?:local)?time|todate(?:iso8601)?|gmtime|localtime|mktime)\b/.test(text),
  );
  return (reads || writes ? writeTimes : "") + (reads ? readTimes : "");
}
