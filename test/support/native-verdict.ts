import { NativeFailure } from "../../packages/core/src/map/native/failure.ts";
import type { NativeExpression } from "../../packages/core/src/map/native/native.ts";
import type { JqVerdict } from "./jq-oracle.ts";

/** What the native path makes of a value, in the form that jq's verdict has. */
export function judgeNatively(native: NativeExpression, value: unknown): JqVerdict {
  try {
    return { v: throughJson(native.first(value as Parameters<typeof native.first>[0])) };
  } catch (error) {
    if (error instanceof NativeFailure) return { e: error.message };
    throw error;
  }
}

/**
 * Errors are compared too, but for the digits in them: jq writes a number that it has computed in its own
 * way, and such a number never gets out of an error.
 */
export function withoutDigits(verdict: JqVerdict): JqVerdict {
  if ("v" in verdict || typeof verdict.e !== "string") return verdict;
  return { e: verdict.e.replaceAll(/[-+0-9.eE]+/g, "#") };
}

/** As it would arrive at Port; turns -0 into 0. */
function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** A verdict as text to compare: the order of keys does not count, and `__proto__` is a key like any other. */
export function textOf(verdict: JqVerdict): string {
  return JSON.stringify(verdict, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
      : value,
  );
}
