import { isIP } from "node:net";
import { isObject, type JsonObject, isSame } from "./json-object.ts";

const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;
const emailPattern = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** Formats that are checked; others are taken as they come. */
const formats: Readonly<Record<string, (text: string) => boolean>> = {
  // A time zone is demanded, as RFC 3339 does.
  "date-time": (text) => dateTime.test(text) && !Number.isNaN(Date.parse(text)),
  timer: (text) => dateTime.test(text) && !Number.isNaN(Date.parse(text)),
  url: (text) => /^[a-z][a-z0-9+.-]*:\/\//i.test(text) && URL.canParse(text),
  email: (text) => emailPattern.test(text),
  "idn-email": (text) => emailPattern.test(text),
  user: (text) => emailPattern.test(text),
  ipv4: (text) => isIP(text) === 4,
  ipv6: (text) => isIP(text) === 6,
};

/**
 * What is wrong with a value by the rule of its property; undefined where nothing is.
 *
 * @param rule the part of JSON Schema that blueprints have: type, format, enum, items and limits
 */
export function faultOfValue(value: unknown, rule: JsonObject): string | undefined {
  const { type, format } = rule;
  if (typeof type === "string" && !hasType(value, type)) return `must be ${type}`;
  if (typeof format === "string" && typeof value === "string") {
    if (formats[format]?.(value) === false) return `must match format "${format}"`;
  }
  const allowed = rule["enum"];
  if (Array.isArray(allowed) && !allowed.some((each) => isSame(each, value))) {
    return `must be equal to one of the allowed values: ${allowed.map(String).join(", ")}`;
  }
  return faultOfSize(value, rule) ?? faultOfItems(value, rule["items"]);
}

function hasType(value: unknown, type: string): boolean {
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isObject(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

function faultOfSize(value: unknown, rule: JsonObject): string | undefined {
  const limit = (name: string): number => Number(rule[name] ?? Number.NaN);
  if (typeof value === "string") {
    if (value.length < limit("minLength")) return `must NOT have fewer characters`;
    if (value.length > limit("maxLength")) return `must NOT have more characters`;
    const { pattern } = rule;
    if (typeof pattern === "string" && !new RegExp(pattern, "u").test(value)) {
      return `must match pattern "${pattern}"`;
    }
  }
  if (typeof value === "number") {
    if (value < limit("minimum")) return `must be >= ${limit("minimum")}`;
    if (value > limit("maximum")) return `must be <= ${limit("maximum")}`;
  }
  if (Array.isArray(value)) {
    if (value.length < limit("minItems")) return `must NOT have fewer items`;
    if (value.length > limit("maxItems")) return `must NOT have more items`;
  }
  return undefined;
}

function faultOfItems(value: unknown, items: unknown): string | undefined {
  if (!Array.isArray(value) || !isObject(items)) return undefined;
  for (const [at, item] of value.entries()) {
    const fault = faultOfValue(item, items);
    if (fault !== undefined) return `item ${at} ${fault}`;
  }
  return undefined;
}
