/** A token of the native grammar. `text` is the token as written; strings carry their parts. */
export type Token =
  | { readonly type: "symbol" | "word" | "field" | "number"; readonly text: string }
  /** A string; `parts` are the sources of its interpolations, one less than `texts`. */
  | {
      readonly type: "string";
      readonly texts: readonly string[];
      readonly parts: readonly string[];
    };

/** Longest first, so that `//=` is never taken for `//` and `=`; those not in the grammar are refused by the parser. */
const symbols =
  /^(?:\?\/\/|\/\/=|\|=|\+=|-=|\*=|\/=|%=|==|!=|<=|>=|\/\/|\.\.|::|[.[\]{}()|,:;=<>+\-*/%?$@])/;
const whitespace = /^[ \t\r\n]+/;
const field = /^\.[a-zA-Z_][a-zA-Z_0-9]*/;
const word = /^[a-zA-Z_][a-zA-Z_0-9]*/;
const number = /^(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/;

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** Cuts an expression into tokens; undefined where it holds anything that the native grammar has not. */
export function readTokens(source: string): Token[] | undefined {
  const tokens: Token[] = [];
  let rest = source;
  while (rest !== "") {
    const blank = whitespace.exec(rest);
    if (blank !== null) {
      rest = rest.slice(blank[0].length);
      continue;
    }
    if (rest.startsWith('"')) {
      const read = readString(rest);
      if (read === undefined) return undefined;
      tokens.push(read.token);
      rest = rest.slice(read.length);
      continue;
    }
    const found = match(rest);
    if (found === undefined) return undefined;
    tokens.push(found);
    rest = rest.slice(found.text.length);
  }
  return tokens;
}

function match(rest: string): (Token & { text: string }) | undefined {
  for (const [type, pattern] of [
    ["field", field],
    ["number", number],
    ["word", word],
    ["symbol", symbols],
  ] as const) {
    const found = pattern.exec(rest);
    if (found !== null) return { type, text: found[0] };
  }
  return undefined;
}

function readString(rest: string): { token: Token; length: number } | undefined {
  const texts: string[] = [];
  const parts: string[] = [];
  let text = "";
  let at = 1;
  while (at < rest.length) {
    const character = rest.charAt(at);
    if (character === '"') {
      texts.push(text);
      // What jq makes of a half pair written as an escape is its own affair.
      if (!texts.every((one) => one.isWellFormed())) return undefined;
      return { token: { type: "string", texts, parts }, length: at + 1 };
    }
    if (character !== "\\") {
      text += character;
      at += 1;
      continue;
    }
    const escaped = rest.charAt(at + 1);
    const plain = escapes[escaped];
    if (plain !== undefined) {
      text += plain;
      at += 2;
    } else if (escaped === "u") {
      const code = /^[0-9a-fA-F]{4}/.exec(rest.slice(at + 2));
      if (code === null) return undefined;
      text += String.fromCharCode(Number.parseInt(code[0], 16));
      at += 6;
    } else if (escaped === "(") {
      const end = endOfInterpolation(rest, at + 2);
      if (end === undefined) return undefined;
      texts.push(text);
      text = "";
      parts.push(rest.slice(at + 2, end));
      at = end + 1;
    } else {
      return undefined;
    }
  }
  return undefined;
}

/** Where the `)` is that closes an interpolation, past strings that it may hold itself. */
function endOfInterpolation(rest: string, from: number): number | undefined {
  let depth = 1;
  for (let at = from; at < rest.length; at += 1) {
    const character = rest.charAt(at);
    if (character === "#") return undefined;
    if (character === '"') {
      const inner = readString(rest.slice(at));
      if (inner === undefined) return undefined;
      at += inner.length - 1;
    }
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (depth === 0) return at;
  }
  return undefined;
}
