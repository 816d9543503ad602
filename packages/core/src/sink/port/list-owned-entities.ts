import { searchEntities } from "./search-entities.ts";
import { readCursor, readEntities, type StoredEntity } from "./stored-entity.ts";
import type { PortAnswer, PortClient } from "./port-client.ts";

/** Entities on a page: Ocean's own figure. */
export const ownedPage = 5000;

/** How Port tells which integration wrote an entity: the two ends of the writer's User-Agent. */
function describeOwner(integrationIdentifier: string): { prefix: string; suffix: string } {
  return { prefix: "port-ocean/pagerduty/", suffix: ownerSuffix(integrationIdentifier) };
}

/** What the `$datasource` of an integration's entities ends in, whatever it is an integration of. */
export function ownerSuffix(integrationIdentifier: string): string {
  return `/${integrationIdentifier}/exporter`;
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
  const request = {
    method: "POST",
    path: "/blueprints/entities/datasource-entities",
    as: "exporter",
    signal: options.signal,
  } as const;
  const ask = (from?: string): Promise<PortAnswer> =>
    port.send({
      ...request,
      body: {
        datasource_prefix: prefix,
        datasource_suffix: suffix,
        limit: ownedPage,
        ...(from === undefined ? {} : { from }),
      },
    });
  let asked: Promise<PortAnswer> | undefined = ask();
  while (asked !== undefined) {
    const answer: PortAnswer = await asked;
    const from = readCursor(answer);
    // The next page is on its way while this one is looked at; its error is told when its turn comes.
    asked = from === undefined ? undefined : ask(from);
    asked?.catch(() => undefined);
    yield readEntities(answer, request);
  }
}

/** Lists the entities of one blueprint that an integration owns, with the fields named. */
export function searchOwnedEntities(
  port: PortClient,
  options: {
    readonly blueprint: string;
    readonly integrationIdentifier: string;
    /** `title`, `properties.x`, `relations.y`; what is always given need not be named. */
    readonly fields: readonly string[];
    /** Only these. */
    readonly identifiers?: readonly string[] | undefined;
    /** Entities on a page. @default as many as the API allows */
    readonly limit?: number;
    readonly signal?: AbortSignal | undefined;
  },
): AsyncGenerator<StoredEntity[], void> {
  const { integrationIdentifier, identifiers, ...rest } = options;
  const { prefix, suffix } = describeOwner(integrationIdentifier);
  const query = {
    combinator: "and",
    rules: [
      { property: "$datasource", operator: "contains", value: prefix },
      { property: "$datasource", operator: "contains", value: suffix },
      ...(identifiers === undefined
        ? []
        : [{ property: "$identifier", operator: "in", value: [...identifiers] }]),
    ],
  };
  return searchEntities(port, { ...rest, query });
}
