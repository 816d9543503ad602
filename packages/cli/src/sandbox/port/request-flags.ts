import type { Projection } from "./entity-json.ts";
import { invalid } from "./port-errors.ts";
import type { WriteOptions } from "./write-entity.ts";

/** A flag of the query, false where it is not there; 422 where it is neither true nor false. */
export function flagOf(url: URL, name: string): boolean {
  const value = url.searchParams.get(name) ?? "false";
  if (value !== "true" && value !== "false") throw invalid(`querystring ${name} must be boolean`);
  return value === "true";
}

/** A flag that has to be there. */
export function requiredFlagOf(url: URL, name: string): boolean {
  if (!url.searchParams.has(name)) {
    throw invalid(`querystring must have required property '${name}'`);
  }
  return flagOf(url, name);
}

/** How the query wants entities written. */
export function writeOptionsOf(request: Request): WriteOptions {
  const url = new URL(request.url);
  return {
    upsert: requiredFlagOf(url, "upsert"),
    merge: flagOf(url, "merge"),
    createMissing: flagOf(url, "create_missing_related_entities"),
    validationOnly: flagOf(url, "validation_only"),
    writer: writerOf(request),
  };
}

/** Who sends a request, as the User-Agent tells. */
export function writerOf(request: Request): string {
  return request.headers.get("user-agent") ?? "";
}

/** Which parts of entities the query wants. */
export function projectionOf(url: URL): Projection {
  return {
    include: url.searchParams.getAll("include"),
    exclude: url.searchParams.getAll("exclude"),
    withComputed: !flagOf(url, "exclude_calculated_properties"),
  };
}
