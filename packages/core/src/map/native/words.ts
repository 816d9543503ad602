import type { Json } from "../../json.ts";

/** Operators that compare; they do not chain. */
export const comparisons: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);
/** Words that end or join expressions, and so never start one. */
export const keywords: ReadonlySet<string> = new Set(["and", "or", "then", "elif", "else", "end"]);
/** Words that stand for a value. */
export const constants: ReadonlyMap<string, { readonly value: Json }> = new Map([
  ["null", { value: null }],
  ["true", { value: true }],
  ["false", { value: false }],
]);

/** Words that jq reserves; as keys of an object they are left to jq. */
export function isKeyword(word: string): boolean {
  return (
    constants.has(word) ||
    keywords.has(word) ||
    /^(?:if|as|def|reduce|foreach|try|catch|label|import|include|module|__loc__)$/.test(word)
  );
}
