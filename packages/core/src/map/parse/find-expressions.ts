import type { Path } from "./path.ts";

/** An expression where it stands in the document. */
export interface ExpressionSite {
  readonly path: Path;
  readonly source: string;
}

/**
 * Finds every expression of a mapping, also of one whose shape has mistakes, so that all mistakes can be
 * told at once. What is not where it should be is passed over: the schema has told that.
 */
export function findMappingExpressions(document: unknown): ExpressionSite[] {
  return listAt(document, "resources").flatMap(findInResource);
}

function findInResource(resource: unknown, index: number): ExpressionSite[] {
  const path: Path = ["resources", index];
  const port = memberAt(resource, "port");
  const mappings = memberAt(memberAt(port, "entity"), "mappings");
  const mappingsPath: Path = [...path, "port", "entity", "mappings"];
  const entities = Array.isArray(mappings)
    ? mappings.flatMap((one, at) => findInEntity(one, [...mappingsPath, at]))
    : findInEntity(mappings, mappingsPath);
  return [
    ...siteAt(memberAt(resource, "selector"), "query", [...path, "selector"]),
    ...siteAt(port, "itemsToParse", [...path, "port"]),
    ...entities,
  ];
}

/** Finds every expression of a Port webhook configuration; its blueprints are plain names. */
export function findWebhookExpressions(document: unknown): ExpressionSite[] {
  return listAt(document, "mappings").flatMap(findInWebhookMapping);
}

function findInWebhookMapping(mapping: unknown, index: number): ExpressionSite[] {
  const path: Path = ["mappings", index];
  return [
    ...siteAt(mapping, "filter", path),
    ...siteAt(mapping, "itemsToParse", path),
    ...findInEntity(memberAt(mapping, "entity"), [...path, "entity"]).filter(
      (site) => site.path.at(-1) !== "blueprint" || site.path.length > path.length + 2,
    ),
  ];
}

function findInEntity(entity: unknown, path: Path): ExpressionSite[] {
  const single = ["identifier", "blueprint", "title", "icon", "team"].flatMap((key) =>
    findSearchExpressions(memberAt(entity, key), [...path, key]),
  );
  const many = ["properties", "relations"].flatMap((key) =>
    Object.entries(asObject(memberAt(entity, key))).flatMap(([name, value]) =>
      findSearchExpressions(value, [...path, key, name]),
    ),
  );
  return [...single, ...many];
}

function findSearchExpressions(value: unknown, path: Path): ExpressionSite[] {
  if (typeof value === "string") return [{ path, source: value }];
  const leaves = ["combinator", "property", "operator", "value"].flatMap((key) =>
    siteAt(value, key, path),
  );
  const rules = listAt(value, "rules").flatMap((rule, at) =>
    findSearchExpressions(rule, [...path, "rules", at]),
  );
  return [...leaves, ...rules];
}

function siteAt(value: unknown, key: string, path: Path): ExpressionSite[] {
  const source = memberAt(value, key);
  return typeof source === "string" ? [{ path: [...path, key], source }] : [];
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const list = memberAt(value, key);
  return Array.isArray(list) ? list : [];
}

function memberAt(value: unknown, key: string): unknown {
  const object = asObject(value);
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as Readonly<Record<string, unknown>>) : {};
}
