import {
  type Comparison,
  filterFunctions,
  type Node,
  plainFunctions,
  textFunctions,
} from "./node.ts";
import { readTokens, type Token } from "./tokens.ts";
import { comparisons, constants, isKeyword, keywords } from "./words.ts";

/** Longer or deeper expressions are left to jq, whose own limits then decide. */
const maxLength = 4000;
const maxDepth = 60;

const identity: Node = { op: "identity" };

/** Thrown inside the parser for anything outside the grammar; never leaves this file. */
class NotNative extends Error {}

/**
 * Parses an expression of the native grammar.
 *
 * @returns its tree, or undefined where it is outside the grammar, which says nothing about whether jq
 * would take it.
 */
export function parseNative(source: string): Node | undefined {
  if (source.length > maxLength) return undefined;
  try {
    return new Parser(source, 0).parseAll();
  } catch (error) {
    if (error instanceof NotNative) return undefined;
    throw error;
  }
}

/** Recursive descent, one method per level of precedence, lowest first. */
class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth: number;

  constructor(source: string, depth: number) {
    const tokens = readTokens(source);
    if (tokens === undefined) throw new NotNative();
    this.#tokens = tokens;
    this.#depth = depth;
  }

  parseAll(): Node {
    const node = this.#pipe();
    if (this.#at < this.#tokens.length) throw new NotNative();
    return node;
  }

  #pipe(): Node {
    this.#depth += 1;
    if (this.#depth > maxDepth) throw new NotNative();
    const left = this.#comma();
    const node: Node = this.#take("|") ? { op: "pipe", left, right: this.#pipe() } : left;
    this.#depth -= 1;
    return node;
  }

  #comma(): Node {
    let left = this.#alternative();
    while (this.#take(",")) left = { op: "comma", left, right: this.#alternative() };
    return left;
  }

  #alternative(): Node {
    const left = this.#or();
    return this.#take("//") ? { op: "alternative", left, right: this.#alternative() } : left;
  }

  #or(): Node {
    let left = this.#and();
    while (this.#takeWord("or")) left = { op: "or", left, right: this.#and() };
    return left;
  }

  #and(): Node {
    let left = this.#compare();
    while (this.#takeWord("and")) left = { op: "and", left, right: this.#compare() };
    return left;
  }

  #compare(): Node {
    const left = this.#add();
    const operator = this.#symbol();
    if (operator === undefined || !comparisons.has(operator)) return left;
    this.#at += 1;
    const right = this.#add();
    // Comparisons do not chain: `a == b == c` is a syntax error, which jq shall explain.
    if (comparisons.has(this.#symbol() ?? "")) throw new NotNative();
    return { op: "compare", operator: operator as Comparison, left, right };
  }

  #add(): Node {
    let left = this.#postfix();
    while (this.#take("+")) left = { op: "add", left, right: this.#postfix() };
    return left;
  }

  #postfix(): Node {
    let node = this.#primary();
    for (;;) {
      const next = this.#suffix(node);
      if (next === undefined) return node;
      node = next;
    }
  }

  #suffix(target: Node): Node | undefined {
    const token = this.#tokens[this.#at];
    if (token?.type === "field") {
      this.#at += 1;
      return { op: "key", target, key: token.text.slice(1), optional: this.#take("?") };
    }
    if (this.#take(".")) {
      const key = this.#tokens[this.#at];
      if (key?.type === "string") return this.#stringKey(target);
      if (this.#symbol() !== "[") throw new NotNative();
    }
    return this.#take("[") ? this.#bracket(target) : undefined;
  }

  #bracket(target: Node): Node {
    if (this.#take("]")) return { op: "each", target, optional: this.#take("?") };
    if (this.#tokens[this.#at]?.type === "string") {
      const key = this.#plainString();
      this.#expect("]");
      return { op: "key", target, key, optional: this.#take("?") };
    }
    const sign = this.#take("-") ? -1 : 1;
    const token = this.#tokens[this.#at];
    if (token?.type !== "number" || !/^(?:0|[1-9][0-9]{0,8})$/.test(token.text)) {
      throw new NotNative();
    }
    this.#at += 1;
    this.#expect("]");
    return { op: "index", target, index: sign * Number(token.text), optional: this.#take("?") };
  }

  #stringKey(target: Node): Node {
    return { op: "key", target, key: this.#plainString(), optional: this.#take("?") };
  }

  #plainString(): string {
    const token = this.#tokens[this.#at];
    if (token?.type !== "string" || token.parts.length > 0) throw new NotNative();
    this.#at += 1;
    return token.texts[0] ?? "";
  }

  #primary(): Node {
    const token = this.#tokens[this.#at];
    switch (token?.type) {
      case "field":
        this.#at += 1;
        return {
          op: "key",
          target: identity,
          key: token.text.slice(1),
          optional: this.#take("?"),
        };
      case "number":
        return this.#number(token.text);
      case "string":
        return this.#string();
      case "word":
        return this.#word(token.text);
      case "symbol":
        return this.#bracketed(token.text);
      case undefined:
        throw new NotNative();
    }
  }

  #bracketed(symbol: string): Node {
    this.#at += 1;
    switch (symbol) {
      case ".":
        if (this.#tokens[this.#at]?.type === "string") return this.#stringKey(identity);
        return this.#take("[") ? this.#bracket(identity) : identity;
      case "(": {
        const inside = this.#pipe();
        this.#expect(")");
        return inside;
      }
      case "[": {
        if (this.#take("]")) return { op: "literal", value: [] };
        const body = this.#pipe();
        this.#expect("]");
        return { op: "collect", body };
      }
      case "{":
        return this.#object();
      default:
        throw new NotNative();
    }
  }

  #number(text: string): Node {
    const value = Number(text);
    // Only numbers that print as they were written: jq keeps the digits of a literal.
    if (String(value) !== text || text.length > 15) throw new NotNative();
    this.#at += 1;
    // `1.a` and `1[0]` are jq's business.
    if (this.#tokens[this.#at]?.type === "field") throw new NotNative();
    return { op: "literal", value };
  }

  #string(): Node {
    const token = this.#tokens[this.#at];
    if (token?.type !== "string") throw new NotNative();
    this.#at += 1;
    if (token.parts.length === 0) return { op: "literal", value: token.texts[0] ?? "" };
    const parts = token.parts.map((part) => new Parser(part, this.#depth).parseAll());
    return { op: "interpolate", texts: token.texts, parts };
  }

  #word(name: string): Node {
    const constant = constants.get(name);
    if (constant !== undefined) {
      this.#at += 1;
      return { op: "literal", value: constant.value };
    }
    if (keywords.has(name)) throw new NotNative();
    this.#at += 1;
    if (name === "if") return this.#if();
    if (this.#take("(")) return this.#callWith(name);
    const plain = plainFunctions.find((one) => one === name);
    if (plain === undefined) throw new NotNative();
    return { op: "call", name: plain };
  }

  #callWith(name: string): Node {
    const textual = textFunctions.find((one) => one === name);
    if (textual !== undefined) {
      const text = this.#plainString();
      this.#expect(")");
      return { op: "textCall", name: textual, text };
    }
    const filter = filterFunctions.find((one) => one === name);
    if (filter === undefined) throw new NotNative();
    const body = this.#pipe();
    this.#expect(")");
    return { op: "apply", name: filter, body };
  }

  /** After `if` or `elif`. */
  #if(): Node {
    const condition = this.#pipe();
    if (!this.#takeWord("then")) throw new NotNative();
    const whenTrue = this.#pipe();
    if (this.#takeWord("elif")) return { op: "if", condition, whenTrue, whenFalse: this.#if() };
    const whenFalse = this.#takeWord("else") ? this.#pipe() : identity;
    if (!this.#takeWord("end")) throw new NotNative();
    return { op: "if", condition, whenTrue, whenFalse };
  }

  #object(): Node {
    const entries: [string, Node][] = [];
    if (this.#take("}")) return { op: "literal", value: {} };
    do {
      const token = this.#tokens[this.#at];
      if (token?.type === "word" && !isKeyword(token.text)) {
        this.#at += 1;
        if (this.#take(":")) entries.push([token.text, this.#objectValue()]);
        else entries.push([token.text, keyOf(token.text)]);
      } else {
        const key = this.#plainString();
        this.#expect(":");
        entries.push([key, this.#objectValue()]);
      }
    } while (this.#take(","));
    this.#expect("}");
    return { op: "object", entries };
  }

  /** Values of an object are terms joined by `|`: `{a: .x // 1}` needs brackets in older jq, so it is left to jq. */
  #objectValue(): Node {
    return this.#postfix();
  }

  #symbol(): string | undefined {
    const token = this.#tokens[this.#at];
    return token?.type === "symbol" ? token.text : undefined;
  }

  #take(symbol: string): boolean {
    if (this.#symbol() !== symbol) return false;
    this.#at += 1;
    return true;
  }

  #takeWord(word: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.type !== "word" || token.text !== word) return false;
    this.#at += 1;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) throw new NotNative();
  }
}

function keyOf(key: string): Node {
  return { op: "key", target: identity, key, optional: false };
}
