import { invalid } from "./port-errors.ts";

/** A JSON object whose fields nobody has looked at yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is an object and neither null nor a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value that must be an object; 422 where it is not. */
export function objectOf(value: unknown, name: string): JsonObject {
  if (!isObject(value)) throw invalid(`${name} must be object`);
  return value;
}

/** The fields of an object that may be left out; 422 where it is something else. */
export function optionalObject(value: unknown, name: string): JsonObject {
  return value === undefined ? {} : objectOf(value, name);
}

/** The body of a request; 422 where it is not a JSON object. */
export async function readObject(request: Request): Promise<JsonObject> {
  let body: unknown;
  try {
    body = JSON.parse(await request.text());
  } catch {
    throw invalid("body must be valid JSON");
  }
  return objectOf(body, "body");
}

/** Whether two JSON values are the same; the order of an object's keys does not count. */
export function isSame(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item, at) => isSame(item, right[at]))
    );
  }
  if (!isObject(left) || !isObject(right)) return false;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => name in right && isSame(left[name], right[name]))
  );
}
