import { type StoredEntity, readEntity } from "./list-owned-entities.ts";
import type { PortClient } from "./port-client.ts";

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
      for (const entity of await findSome(port, blueprint, some, options)) {
        found.set(entity.identifier, entity);
      }
    }),
  );
  return found;
}

async function findSome(
  port: PortClient,
  blueprint: string,
  identifiers: readonly string[],
  options: { readonly fields?: readonly string[]; readonly signal?: AbortSignal | undefined },
): Promise<StoredEntity[]> {
  const { fields, signal } = options;
  const include = fields && { include: ["identifier", "blueprint", "updatedAt", ...fields] };
  const { body } = await port.send({
    method: "POST",
    path: `/blueprints/${encodeURIComponent(blueprint)}/entities/search`,
    body: {
      query: {
        combinator: "and",
        rules: [{ property: "$identifier", operator: "in", value: [...identifiers] }],
      },
      ...include,
      limit: mostNames,
    },
    as: "exporter",
    signal,
  });
  const { entities } = body;
  return (Array.isArray(entities) ? entities : []).flatMap(
    (row) => readEntity(row, blueprint) ?? [],
  );
}
