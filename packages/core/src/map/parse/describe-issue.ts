import type { z } from "zod";
import type { Mistake } from "../../errors.ts";
import type { MappingDocument } from "./document.ts";
import { kinds } from "./kinds.ts";
import { findNearestName } from "../../nearest-name.ts";
import { type Path, valueAt } from "./path.ts";

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;

/** Turns what the schema has against a document into mistakes for people. */
export function describeIssues(issues: readonly Issue[], document: MappingDocument): Mistake[] {
  return issues.flatMap((issue) => describe(issue, [], document));
}

/**
 * The message of an unknown key needs the keys that are known, which only the schema has while it
 * checks. One line for each key; {@link describeIssues} cuts them again.
 */
export function describeUnknownKeys(issue: RawIssue): string | undefined {
  if (issue.code !== "unrecognized_keys") return undefined;
  const shape = shapeOf(issue.inst);
  return (issue.keys as readonly string[])
    .map((key) => {
      const nearest = findNearestName(key, shape);
      return nearest === undefined
        ? `unknown key; known here are ${shape.join(", ")}`
        : `unknown key; did you mean ${nearest}?`;
    })
    .join("\n");
}

function describe(issue: Issue, base: Path, document: MappingDocument): Mistake[] {
  const path = [...base, ...(issue.path as Path)];
  const value = valueAt(document.value, path);
  switch (issue.code) {
    case "unrecognized_keys": {
      const messages = issue.message.split("\n");
      return issue.keys.map((key, at) => document.mistakeAtKey([...path, key], messages[at] ?? ""));
    }
    case "invalid_union":
      return describeUnion(issue, path, document);
    default:
      return [one(path, value, messageOf(issue, value), document)];
  }
}

/** Of several forms, the one that the value comes nearest to; if it comes near none, what they all are. */
function describeUnion(
  issue: Issue & { code: "invalid_union" },
  path: Path,
  document: MappingDocument,
): Mistake[] {
  const value = valueAt(document.value, path);
  if (path.at(-1) === "kind") return [one(path, value, describeKind(value), document)];
  const near = issue.errors
    .filter((errors) => !errors.some(isOfWrongType))
    .toSorted((a, b) => a.length - b.length)[0];
  if (near !== undefined && value !== undefined && issue.message === "Invalid input") {
    return near.flatMap((inner) => describe(inner, path, document));
  }
  const message =
    issue.message === "Invalid input" ? `expected ${joinForms(formsOf(issue))}` : issue.message;
  return [one(path, value, withFound(message, value), document)];
}

function isOfWrongType(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === "invalid_union")
    return issue.errors.every((errors) => errors.some(isOfWrongType));
  return issue.code === "invalid_type";
}

/** Where a text may stand too, an object is a search query. */
function joinForms(forms: readonly string[]): string {
  const isSearch = forms.includes(jqMistake) && forms.includes("an object");
  return isSearch ? `${jqMistake} or a search query` : forms.join(" or ");
}

function formsOf(issue: Issue & { code: "invalid_union" }): string[] {
  const forms = issue.errors.flatMap(([first]) => {
    if (first?.code === "invalid_union") return formsOf(first);
    return first?.code === "invalid_type" ? [typeWords[first.expected] ?? first.expected] : [];
  });
  return [...new Set(forms)];
}

const jqMistake = "a jq expression";

const typeWords: Readonly<Record<string, string>> = {
  string: jqMistake,
  object: "an object",
  array: "a list",
  record: "an object",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

function messageOf(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case "invalid_type": {
      const message = issue.message.startsWith("Invalid input")
        ? `expected ${typeWords[issue.expected] ?? issue.expected}`
        : issue.message;
      return withFound(message, value);
    }
    case "invalid_value":
      return issue.message.startsWith("Invalid")
        ? describeChoice(issue.values.map(String), value)
        : withFound(issue.message, value);
    case "too_small":
      return issue.origin === "array" || issue.origin === "string"
        ? "must not be empty"
        : `must be at least ${issue.minimum}, found ${describeFound(value)}`;
    case "too_big":
      return `must be at most ${issue.maximum}, found ${describeFound(value)}`;
    default:
      return withFound(issue.message, value);
  }
}

function describeChoice(choices: readonly string[], value: unknown): string {
  const nearest = typeof value === "string" ? findNearestName(value, choices) : undefined;
  const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  return `expected one of ${choices.join(", ")}, found ${describeFound(value)}${hint}`;
}

/** What is wrong with the name of a kind. */
export function describeKind(value: unknown): string {
  if (typeof value !== "string") return withFound("expected the name of a PagerDuty list", value);
  const nearest = findNearestName(value, kinds);
  return nearest === undefined
    ? `${describeFound(value)} is not a list of PagerDuty; known are ${kinds.join(", ")}`
    : `${describeFound(value)} is not a list of PagerDuty; did you mean ${nearest}?`;
}

function one(path: Path, value: unknown, message: string, document: MappingDocument): Mistake {
  if (value !== undefined) return document.mistakeAt(path, message);
  return document.mistakeAt(
    path.slice(0, -1),
    `${String(path.at(-1) ?? "the mapping")} is missing`,
  );
}

function withFound(message: string, value: unknown): string {
  const found = `${message}, found ${describeFound(value)}`;
  if (!message.startsWith(`expected ${jqMistake}`)) return found;
  // The mistakes that are nearly right: jq that YAML reads as something else.
  if (typeof value === "number" || typeof value === "boolean") {
    return `${found}; write "${String(value)}" for that constant`;
  }
  return Array.isArray(value) ? `${found}; put the expression in quotes` : found;
}

/** The longest part of a wrong value that a message shows. */
const shownCharacters = 60;

function describeFound(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value !== "string") return JSON.stringify(value);
  return JSON.stringify(
    value.length > shownCharacters ? `${value.slice(0, shownCharacters)}…` : value,
  );
}

function shapeOf(schema: unknown): string[] {
  const definition = (schema as { _zod?: { def?: { shape?: object } } } | undefined)?._zod?.def;
  return Object.keys(definition?.shape ?? {}).filter((key) => !key.startsWith("$"));
}
