import { isAlias, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from "yaml";
import type { Document, Node, Pair, YAMLError } from "yaml";
import type { Mistake } from "../../errors.ts";
import { formatPath, type Path, valueAt } from "./path.ts";

/** A document, and where each of its parts stands. */
export interface MappingDocument {
  readonly value: unknown;
  /** Makes a mistake at the value of a path; of a path that is not there, at its nearest ancestor. */
  mistakeAt(path: Path, message: string): Mistake;
  /** The same, but pointing at the key instead of its value. */
  mistakeAtKey(path: Path, message: string): Mistake;
}

/** Aliases that may be resolved before a document counts as an attack (the yaml library's own default). */
const maxAliases = 100;

/** What a document may hold in characters; the largest mapping seen is below 100 kB. */
const maxDocumentLength = 4 * 1024 * 1024;

/**
 * Reads YAML or JSON text.
 *
 * @returns the document, or every mistake of syntax in it.
 */
export function readDocument(
  text: string,
  file: string | undefined,
): MappingDocument | { readonly mistakes: readonly Mistake[] } {
  const lines = new LineCounter();
  const at = (offset: number | undefined, path: Path, message: string): Mistake => {
    const position = offset === undefined ? undefined : lines.linePos(offset);
    const [line, column] = [position?.line, position?.col];
    return { file, line, column, path: formatPath(path), message };
  };
  if (text.length > maxDocumentLength) {
    return {
      mistakes: [at(undefined, [], `the document is too large (${text.length} characters)`)],
    };
  }

  const document = parseDocument(withoutTabs(text), {
    lineCounter: lines,
    merge: true,
    prettyErrors: false,
    schema: "core",
    strict: true,
    uniqueKeys: true,
  });
  const mistakes = [...document.errors, ...document.warnings].map((error) =>
    at(error.pos[0], [], describeSyntax(error, text)),
  );
  if (mistakes.length > 0) return { mistakes };

  const tooDeep = findAliasBomb(document);
  if (tooDeep !== undefined) {
    return { mistakes: [at(tooDeep, [], "aliases repeat too much; write the values out")] };
  }
  return {
    value: document.toJS({ maxAliasCount: maxAliases }) as unknown,
    mistakeAt: (path, message) => at(offsetOf(document, path, false), path, message),
    mistakeAtKey: (path, message) => at(offsetOf(document, path, true), path, message),
  };
}

/** A document that came as an object, not as text: mistakes are placed by path only. */
export function readObject(value: unknown, file: string | undefined): MappingDocument {
  const mistakeAt = (path: Path, message: string): Mistake => ({
    file,
    line: undefined,
    column: undefined,
    path: formatPath(path),
    message,
  });
  return { value, mistakeAt, mistakeAtKey: mistakeAt };
}

/** The part of a document that lies under some keys; mistakes are placed in the whole. */
export function narrowDocument(whole: MappingDocument, within: Path): MappingDocument {
  return {
    value: valueAt(whole.value, within),
    mistakeAt: (path, message) => whole.mistakeAt([...within, ...path], message),
    mistakeAtKey: (path, message) => whole.mistakeAtKey([...within, ...path], message),
  };
}

/** JSON may be indented with tabs, YAML may not. In JSON a tab is never part of a string. */
function withoutTabs(text: string): string {
  if (!/^\s*[[{]/.test(text) || !text.includes("\t")) return text;
  try {
    JSON.parse(text);
  } catch {
    return text;
  }
  return text.replaceAll("\t", " ");
}

/** The alias at which resolving went over the limit. */
function findAliasBomb(document: Document.Parsed): number | undefined {
  try {
    document.toJS({ maxAliasCount: maxAliases });
    return undefined;
  } catch (error) {
    // The library throws a ReferenceError here and for nothing else that has passed its parser.
    if (!(error instanceof ReferenceError)) throw error;
  }
  let last = 0;
  visit(document, {
    Alias: (_, node) => {
      last = node.range?.[0] ?? last;
    },
  });
  return last;
}

/** The library's errors in words for people who do not write YAML every day. */
function describeSyntax(error: YAMLError, text: string): string {
  switch (error.code) {
    case "DUPLICATE_KEY":
      return `${quoteLineFrom(text, error.pos[0])} is given twice`;
    case "TAB_AS_INDENT":
      return "a tab is used for indentation; YAML wants spaces";
    case "MULTIPLE_DOCS":
      return "the file holds several documents (---); a mapping is one";
    case "TAG_RESOLVE_FAILED":
      return "YAML tags (!…) cannot be used in a mapping";
    default:
      return `not valid YAML: ${lowerFirst(error.message)}${hintFor(lineAround(text, error.pos[0]))}`;
  }
}

function quoteLineFrom(text: string, offset: number): string {
  const key = /^[^:\n]*/.exec(text.slice(offset))?.[0].trim() ?? "";
  return `the key ${key}`;
}

function lineAround(text: string, offset: number): string {
  const from = text.lastIndexOf("\n", offset - 1) + 1;
  const to = text.indexOf("\n", offset);
  return text.slice(from, to === -1 ? undefined : to);
}

/** `users: [.users[].name]` is jq to people, and a broken list to YAML. */
function hintFor(line: string): string {
  return /:\s+[[{].*\./.test(line) ? "; an expression that starts with [ or { needs quotes" : "";
}

function lowerFirst(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

/** Goes down the path as far as it exists and tells where that is. */
function offsetOf(document: Document.Parsed, path: Path, atKey: boolean): number | undefined {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find((item) => keyOf(item) === String(step));
      if (pair === undefined) return offset;
      const key = isNode(pair.key) ? startOf(pair.key) : undefined;
      const value = startOf(pair.value);
      const wantsKey = atKey && depth === path.length - 1;
      offset = (wantsKey ? key : (value ?? key)) ?? offset;
      node = pair.value;
    } else {
      node = hasItems(node) ? node.items[Number(step)] : undefined;
      if (node === undefined) return offset;
      offset = startOf(node) ?? offset;
    }
  }
  return offset;
}

function keyOf(pair: Pair): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key);
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}

function hasItems(node: unknown): node is { readonly items: readonly unknown[] } {
  return typeof node === "object" && node !== null && "items" in node && Array.isArray(node.items);
}
