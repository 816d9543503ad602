import type { UnusableAnswerError } from "../../../errors.ts";

/** Adds which setting may be at fault where something else answers at Port's address. */
export function explainStranger(
  error: UnusableAnswerError,
  names: { readonly baseUrl: string },
  baseUrl: string,
): UnusableAnswerError {
  return error.withAdvice(
    `Is ${names.baseUrl} (${baseUrl}) the address of Port's API? Otherwise something on the way, such as a gateway or a proxy, answers in its place.`,
  );
}
