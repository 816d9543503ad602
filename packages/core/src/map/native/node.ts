import type { Json } from "../../json.ts";

/** An expression of the native grammar, parsed. Every form means exactly what jq 1.8 means by it. */
export type Node =
  | { readonly op: "identity" }
  | { readonly op: "literal"; readonly value: Json }
  /** `target.key`, `target["key"]`; with `?`, an error of this one step gives no output. */
  | {
      readonly op: "key";
      readonly target: Node;
      readonly key: string;
      readonly optional: boolean;
    }
  /** `target[3]`, `target[-1]` */
  | {
      readonly op: "index";
      readonly target: Node;
      readonly index: number;
      readonly optional: boolean;
    }
  /** `target[]` */
  | { readonly op: "each"; readonly target: Node; readonly optional: boolean }
  | { readonly op: "pipe"; readonly left: Node; readonly right: Node }
  | { readonly op: "comma"; readonly left: Node; readonly right: Node }
  /** `left // right` */
  | { readonly op: "alternative"; readonly left: Node; readonly right: Node }
  | { readonly op: "and" | "or" | "add"; readonly left: Node; readonly right: Node }
  | {
      readonly op: "compare";
      readonly operator: Comparison;
      readonly left: Node;
      readonly right: Node;
    }
  | {
      readonly op: "if";
      readonly condition: Node;
      readonly whenTrue: Node;
      readonly whenFalse: Node;
    }
  /** `[body]` */
  | { readonly op: "collect"; readonly body: Node }
  | { readonly op: "object"; readonly entries: readonly (readonly [string, Node])[] }
  /** `"text \(part) text"`: one text more than there are parts. */
  | {
      readonly op: "interpolate";
      readonly texts: readonly string[];
      readonly parts: readonly Node[];
    }
  /** A function without arguments. */
  | { readonly op: "call"; readonly name: PlainFunction }
  /** A function whose argument is an expression, evaluated for each element. */
  | { readonly op: "apply"; readonly name: FilterFunction; readonly body: Node }
  /** A function whose argument is a string literal. */
  | { readonly op: "textCall"; readonly name: TextFunction; readonly text: string };

export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

export const plainFunctions = [
  "add",
  "all",
  "any",
  "ascii_downcase",
  "ascii_upcase",
  "empty",
  "first",
  "keys",
  "last",
  "length",
  "not",
  "sort",
  "tostring",
  "type",
  "unique",
] as const;
export type PlainFunction = (typeof plainFunctions)[number];

export const filterFunctions = ["map", "select", "first", "sort_by", "unique_by"] as const;
type FilterFunction = (typeof filterFunctions)[number];

export const textFunctions = ["has", "startswith", "endswith", "join", "split"] as const;
export type TextFunction = (typeof textFunctions)[number];
