import { readLetters, writtenLetters } from "./time-letters.ts";

/** A format that is written as it is, with nothing worked out in it. */
const format = /\b(strftime|strflocaltime|strptime)\s*\(\s*"((?:[^"\\]|\\[^(])*)"\s*\)/g;

/**
 * What is wrong with the formats of time in an expression: a letter that neither jq nor its C library knows. jq
 * would write it into the property as it stands, or match nothing with it, for every object.
 *
 * @returns undefined where nothing is
 */
export function checkLetters(expression: string): string | undefined {
  for (const found of expression.matchAll(format)) {
    const [, name = "", text = ""] = found;
    const line = expression.slice(expression.lastIndexOf("\n", found.index) + 1, found.index);
    // In a comment; or after a text with such a sign, which is let through.
    if (line.includes("#")) continue;
    const known = name === "strptime" ? readLetters : writtenLetters;
    for (const [whole, modifier, letter = ""] of text.matchAll(/%[-_0^#]*\d*([EO]?)(\\.|[^]|$)/g)) {
      const letters = modifier === "E" ? known.E : modifier === "O" ? known.O : known.plain;
      if (letter === "" || letter.length > 1 || !letters.includes(letter)) {
        const place = `line ${countLines(expression, found.index)}, column ${found.index - expression.lastIndexOf("\n", found.index)}`;
        return `${name} knows no ${whole} (${place})`;
      }
    }
  }
  return undefined;
}

function countLines(text: string, end: number): number {
  return text.slice(0, end).split("\n").length;
}
