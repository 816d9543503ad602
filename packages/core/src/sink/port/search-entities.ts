import type { JsonObject } from "../../json.ts";
import type { PortClient } from "./port-client.ts";
import { readCursor, readEntities, type StoredEntity } from "./stored-entity.ts";

/** Entities on a page: the API's largest. */
const largestPage = 1000;

export interface SearchEntitiesOptions {
  readonly blueprint: string;
  /** Port's rules: `{ combinator, rules }`. */
  readonly query: JsonObject;
  /**
   * `title`, `properties.x`, `relations.y`; identifier, blueprint and both times are always there.
   * @default everything
   */
  readonly fields?: readonly string[] | undefined;
  /** Entities on a page. @default as many as the API allows */
  readonly limit?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Searches the entities of one blueprint, whoever wrote them, page by page. */
export async function* searchEntities(
  port: PortClient,
  options: SearchEntitiesOptions,
): AsyncGenerator<StoredEntity[], void> {
  const { blueprint, query, fields, limit = largestPage, signal } = options;
  const include = fields && {
    include: ["identifier", "blueprint", "createdAt", "updatedAt", ...fields],
  };
  let from: string | undefined;
  const request = {
    method: "POST",
    path: `/blueprints/${encodeURIComponent(blueprint)}/entities/search`,
    as: "exporter",
    signal,
  } as const;
  do {
    const answer = await port.send({
      ...request,
      body: { query, ...include, limit, ...(from === undefined ? {} : { from }) },
    });
    yield readEntities(answer, request, blueprint);
    from = readCursor(answer);
  } while (from !== undefined);
}
