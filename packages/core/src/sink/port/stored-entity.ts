import { PagerportError } from "../../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { parseTimestamp } from "./parse-timestamp.ts";
import type { PortAnswer, PortRequest } from "./port-client.ts";

/** An entity as Port gives it: all that it stores, whoever wrote it. */
export interface StoredEntity {
  readonly identifier: string;
  readonly blueprint: string;
  /** When it was last written, milliseconds since 1970; undefined where Port did not say. */
  readonly updatedAt: number | undefined;
  /** When it was made, milliseconds since 1970; undefined where Port did not say. */
  readonly createdAt?: number | undefined;
  /** What Port stores; undefined where a listing gives names only. */
  readonly content: JsonObject | undefined;
}

/** Where the next page begins; undefined at the end. */
export function readCursor({ body }: PortAnswer): string | undefined {
  const { next } = body;
  return typeof next === "string" && next !== "" ? next : undefined;
}

/**
 * The entities of an answer.
 *
 * @param request what was asked
 * @throws {PagerportError} where the answer holds no list of them: that is not the same as none
 */
export function readEntities(
  { body }: PortAnswer,
  request: Pick<PortRequest, "method" | "path">,
  blueprint?: string,
): StoredEntity[] {
  const { entities } = body;
  if (!Array.isArray(entities)) {
    const { method, path } = request;
    throw new PagerportError(`Port's answer holds no list of entities: ${method} /v1${path}`);
  }
  return entities.flatMap((row) => {
    const entity = readEntity(row, blueprint);
    return entity === undefined ? [] : [entity];
  });
}

/** One entity as Port gives it; undefined for what is none. */
export function readEntity(
  row: Json | undefined,
  blueprintOfList?: string,
): StoredEntity | undefined {
  if (!isJsonObject(row)) return undefined;
  const { identifier, blueprint = blueprintOfList, updatedAt, createdAt } = row;
  if (typeof identifier !== "string" || typeof blueprint !== "string") return undefined;
  return {
    identifier,
    blueprint,
    updatedAt: parseTimestamp(updatedAt),
    createdAt: parseTimestamp(createdAt),
    content: "properties" in row || "relations" in row || "title" in row ? row : undefined,
  };
}
