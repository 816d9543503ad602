import type { Json, JsonObject } from "../../json.ts";
import { parseTimestamp } from "./parse-timestamp.ts";
import type { PortAnswer, PortClient } from "./port-client.ts";

/** Entities on a page: Ocean's own figure for the owned listing, the API's largest for a search. */
export const ownedPage = 5000;
const searchPage = 1000;

/** An entity as Port gives it: all that it stores, whoever wrote it. */
export interface StoredEntity {
  readonly identifier: string;
  readonly blueprint: string;
  /** When it was last written, milliseconds since 1970; undefined where Port did not say. */
  readonly updatedAt: number | undefined;
  /** What Port stores; undefined where a listing gives names only. */
  readonly content: JsonObject | undefined;
}

/** How Port tells which integration wrote an entity: the two ends of the writer's User-Agent. */
function describeOwner(integrationIdentifier: string): { prefix: string; suffix: string } {
  return { prefix: "port-ocean/pagerduty/", suffix: `/${integrationIdentifier}/exporter` };
}

/**
 * Lists every entity that an integration owns, of all blueprints, page by page. It is asked for without
 * an upper time, so that what was written a moment ago is seen too.
 */
export async function* listOwnedEntities(
  port: PortClient,
  options: { readonly integrationIdentifier: string; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<StoredEntity[], void> {
  const { prefix, suffix } = describeOwner(options.integrationIdentifier);
  let from: string | undefined;
  do {
    const answer = await port.send({
      method: "POST",
      path: "/blueprints/entities/datasource-entities",
      body: {
        datasource_prefix: prefix,
        datasource_suffix: suffix,
        limit: ownedPage,
        ...(from === undefined ? {} : { from }),
      },
      as: "exporter",
      signal: options.signal,
    });
    yield readEntities(answer);
    from = readCursor(answer);
  } while (from !== undefined);
}

/** Lists the entities of one blueprint that an integration owns, with the fields named. */
export async function* searchOwnedEntities(
  port: PortClient,
  options: {
    readonly blueprint: string;
    readonly integrationIdentifier: string;
    /** `title`, `properties.x`, `relations.y`; what is always given need not be named. */
    readonly fields: readonly string[];
    /** Only these. */
    readonly identifiers?: readonly string[] | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): AsyncGenerator<StoredEntity[], void> {
  const { prefix, suffix } = describeOwner(options.integrationIdentifier);
  let from: string | undefined;
  do {
    const answer = await port.send({
      method: "POST",
      path: `/blueprints/${encodeURIComponent(options.blueprint)}/entities/search`,
      body: {
        query: {
          combinator: "and",
          rules: [
            { property: "$datasource", operator: "contains", value: prefix },
            { property: "$datasource", operator: "contains", value: suffix },
            ...(options.identifiers === undefined
              ? []
              : [{ property: "$identifier", operator: "in", value: [...options.identifiers] }]),
          ],
        },
        include: ["identifier", "blueprint", "updatedAt", ...options.fields],
        limit: searchPage,
        ...(from === undefined ? {} : { from }),
      },
      as: "exporter",
      signal: options.signal,
    });
    yield readEntities(answer, options.blueprint);
    from = readCursor(answer);
  } while (from !== undefined);
}

/** Where the next page begins; undefined at the end. */
export function readCursor({ body }: PortAnswer): string | undefined {
  const { next } = body;
  return typeof next === "string" && next !== "" ? next : undefined;
}

/** The entities of an answer. */
export function readEntities({ body }: PortAnswer, blueprint?: string): StoredEntity[] {
  const { entities } = body;
  return (Array.isArray(entities) ? entities : []).flatMap((row) => {
    const entity = readEntity(row, blueprint);
    return entity === undefined ? [] : [entity];
  });
}

/** One entity as Port gives it; undefined for what is none. */
export function readEntity(
  row: Json | undefined,
  blueprintOfList?: string,
): StoredEntity | undefined {
  if (typeof row !== "object" || row === null || Array.isArray(row)) return undefined;
  const { identifier, blueprint = blueprintOfList, updatedAt } = row;
  if (typeof identifier !== "string" || typeof blueprint !== "string") return undefined;
  return {
    identifier,
    blueprint,
    updatedAt: parseTimestamp(updatedAt),
    content: "properties" in row || "relations" in row || "title" in row ? row : undefined,
  };
}
