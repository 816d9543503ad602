/** A JSON object of an OpenAPI document. */
export type Node = Readonly<Record<string, unknown>>;

/** A document whose schemas are JSON Schema, and where in the document each of its objects comes from. */
export interface Converted {
  readonly root: Node;
  /** The place of an object, as a person would name it: `Incident/resolved_at`. */
  readonly nameOf: (schema: unknown) => string;
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Makes JSON Schema of OpenAPI 3.0's own dialect, in all of a document: `nullable`, exclusive bounds that
 * are a boolean, and choices that `type` decides on, so that a mistake is told of the one that was meant.
 *
 * @param id what the document is called where a schema points into it
 */
export function convertSchemas(document: Node, id: string): Converted {
  const names = new WeakMap<object, string>();

  const convert = (value: unknown, path: readonly string[]): unknown => {
    if (Array.isArray(value)) {
      return value.map((item, place) => convert(item, [...path, String(place)]));
    }
    if (!isNode(value)) return value;
    const name = nameOf(path);
    const keepAs = (called: string, node: Node): Node => {
      names.set(node, called);
      return node;
    };
    const keep = (node: Node): Node => keepAs(name, node);
    if (typeof value["$ref"] === "string") {
      return keep({ $ref: value["$ref"].replace(/^#/, `${id}#`) });
    }
    // How whoever wrote Port's file cut a schema that has itself within it.
    if (value["properties"] === "circular()") return keep({ type: "object" });
    const choice = findChoice(document, value);
    const node: Record<string, unknown> = Object.fromEntries(
      Object.entries(value).map(([key, child]) => [key, convert(child, [...path, key])]),
    );
    forbidNull(document, value["properties"], node["properties"]);
    if (choice !== undefined) keepAs(`${name}/type`, decideByType(node, choice));
    boundExclusively(node, "exclusiveMinimum", "minimum");
    boundExclusively(node, "exclusiveMaximum", "maximum");
    if (node["nullable"] !== true) return keep(node);
    delete node["nullable"];
    if (typeof node["type"] !== "string") return keep({ anyOf: [{ type: "null" }, keep(node)] });
    node["type"] = [node["type"], "null"];
    if (Array.isArray(node["enum"])) node["enum"] = [...node["enum"], null];
    return keep(node);
  };

  const root = convert(document, []);
  if (!isNode(root)) throw new Error(`${id} is no object`);
  return {
    root,
    nameOf: (schema) => (isNode(schema) ? (names.get(schema) ?? "?") : "?"),
  };
}

/** `["components", "schemas", "Incident", "allOf", "1", "properties", "title"]` as `Incident/title`. */
function nameOf(path: readonly string[]): string {
  return path
    .join("/")
    .replace(/^components\/schemas\//, "")
    .replace(/^.*parameters\/[^/]+\/schema/, "")
    .replace(/^paths\/(.*?)\/(?:get|post|put|patch|delete)\//, "$1 ")
    .replace(/(?:responses\/)?(\w+)\/content\/application\/json\/schema/, "$1")
    .replaceAll(/\/(?:allOf|oneOf|anyOf)\/\d+/g, "")
    .replaceAll(/\/properties(?=\/|$)/g, "")
    .replaceAll("/items", "[]");
}

/** What a document has at `#/a/b`. */
export function lookUp(document: Node, reference: string): unknown {
  let found: unknown = document;
  for (const part of reference.slice(reference.indexOf("#") + 2).split("/")) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    found = typeof found === "object" && found !== null ? Reflect.get(found, key) : undefined;
  }
  return found;
}

/**
 * Says of each property that cannot be null that it cannot: what else a null is not (no object, no text,
 * none of a choice) is then one mistake, and has the property's own name.
 */
function forbidNull(document: Node, properties: unknown, converted: unknown): void {
  if (!isNode(properties) || !isNode(converted)) return;
  for (const [name, schema] of Object.entries(properties)) {
    const target = converted[name];
    if (isNode(target) && !admitsNull(document, schema)) Object.assign(target, { notNull: true });
  }
}

function admitsNull(document: Node, schema: unknown): boolean {
  if (!isNode(schema)) return true;
  const { $ref, type, nullable, enum: values, oneOf, anyOf, allOf } = schema;
  if (nullable === true) return true;
  if (typeof $ref === "string") return admitsNull(document, lookUp(document, $ref));
  if (Array.isArray(values) && !values.includes(null)) return false;
  if (typeof type === "string" && type !== "null") return false;
  if (Array.isArray(type) && !type.includes("null")) return false;
  if (Array.isArray(allOf) && !allOf.every((part) => admitsNull(document, part))) return false;
  const choice = Array.isArray(oneOf) ? oneOf : anyOf;
  return !Array.isArray(choice) || choice.some((part) => admitsNull(document, part));
}

/** The values of `type` that each branch of a choice is for; undefined where `type` does not decide. */
function findChoice(document: Node, { oneOf }: Node): readonly (readonly unknown[])[] | undefined {
  if (!Array.isArray(oneOf)) return undefined;
  const choice = oneOf.map((branch: unknown) => typesOf(document, branch));
  const all = choice.flat();
  const isDecided = choice.every((types) => types.length > 0) && new Set(all).size === all.length;
  return isDecided ? choice : undefined;
}

function typesOf(document: Node, schema: unknown): readonly unknown[] {
  if (!isNode(schema)) return [];
  if (typeof schema["$ref"] === "string")
    return typesOf(document, lookUp(document, schema["$ref"]));
  const { properties, allOf } = schema;
  if (Array.isArray(allOf)) {
    return (
      allOf.map((part: unknown) => typesOf(document, part)).findLast((types) => types.length > 0) ??
      []
    );
  }
  const type = isNode(properties) ? properties["type"] : undefined;
  const values = isNode(type) ? type["enum"] : undefined;
  return Array.isArray(values) ? values : [];
}

/** @returns the schema of `type` */
function decideByType(
  node: Record<string, unknown>,
  choice: readonly (readonly unknown[])[],
): Node {
  const branches: readonly unknown[] = Array.isArray(node["oneOf"]) ? node["oneOf"] : [];
  const type = { enum: choice.flat() };
  delete node["oneOf"];
  node["type"] = "object";
  node["required"] = ["type"];
  node["properties"] = { type };
  node["allOf"] = choice.map((types, place) => ({
    if: { required: ["type"], properties: { type: { enum: types } } },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: branches[place],
  }));
  return type;
}

/** OpenAPI 3.0 has JSON Schema draft 4's bounds: a number, and whether it is itself left out. */
function boundExclusively(node: Record<string, unknown>, exclusive: string, bound: string): void {
  if (typeof node[exclusive] !== "boolean") return;
  const isExclusive = node[exclusive];
  delete node[exclusive];
  if (!isExclusive) return;
  node[exclusive] = node[bound];
  delete node[bound];
}
