import type { PortClient } from "./port-client.ts";
import { searchEntities } from "./search-entities.ts";
import type { StoredEntity } from "./stored-entity.ts";

/** Names in one search: far below what a body holds, and all of them fit one page of the answer. */
const mostNames = 100;

/**
 * Looks up entities of one blueprint by name, whoever wrote them; one that Port does not have is not
 * in the answer.
 *
 * @param fields `title`, `properties.x` …; `identifier`, `blueprint` and `updatedAt` are always there.
 * Everything where not given.
 */
export async function findEntities(
  port: PortClient,
  blueprint: string,
  identifiers: readonly string[],
  options: { readonly fields?: readonly string[]; readonly signal?: AbortSignal | undefined } = {},
): Promise<Map<string, StoredEntity>> {
  const found = new Map<string, StoredEntity>();
  const parts = Math.ceil(identifiers.length / mostNames);
  await Promise.all(
    Array.from({ length: parts }, async (_, place) => {
      const some = identifiers.slice(place * mostNames, (place + 1) * mostNames);
      const rule = { property: "$identifier", operator: "in", value: some };
      const query = { combinator: "and", rules: [rule] };
      const search = searchEntities(port, { ...options, blueprint, query, limit: mostNames });
      for await (const page of search) {
        for (const entity of page) found.set(entity.identifier, entity);
      }
    }),
  );
  return found;
}
