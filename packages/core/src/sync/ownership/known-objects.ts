import { HttpError } from "../../errors.ts";
import { isSearch, literalOf } from "../../map/expression.ts";
import type { Mapping } from "../../map/mapping.ts";
import { searchOwnedEntities } from "../../sink/port/list-owned-entities.ts";
import type { PortClient } from "../../sink/port/port-client.ts";
import type { KindName } from "../../source/kinds.ts";
import { listKnownIds, pickKnownIds } from "../../store/known-ids.ts";
import type { Sql } from "../../store/sql.ts";

/** Which objects of one kind were brought to the catalog before. */
export interface KnownObjects {
  /** So many of their ids at most. */
  list(most: number): Promise<string[]>;
  /** Those of some ids that are among them. */
  pick(ids: readonly string[]): Promise<ReadonlySet<string>>;
}

export interface KnownObjectsOptions {
  readonly kind: KindName;
  /** The store that remembers what objects produced. */
  readonly sql?: Sql | undefined;
  readonly port?: PortClient | undefined;
  readonly mapping?: Pick<Mapping, "resources"> | undefined;
  readonly integrationIdentifier: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds what tells known objects of a kind: the store, or where that knows none, the integration's entities
 * in Port whose identifiers are ids. Undefined where neither knows any.
 */
export async function findKnownObjects(
  options: KnownObjectsOptions,
): Promise<KnownObjects | undefined> {
  const { kind, sql } = options;
  if (sql !== undefined) {
    const known: KnownObjects = {
      list: (most) => listKnownIds(sql, kind, most),
      pick: (ids) => pickKnownIds(sql, kind, ids),
    };
    if ((await known.list(1)).length > 0) return known;
  }
  const known = findInPort(options);
  return known !== undefined && (await known.list(1)).length > 0 ? known : undefined;
}

function findInPort(options: KnownObjectsOptions): KnownObjects | undefined {
  const { port, integrationIdentifier, signal } = options;
  const blueprint = findBlueprintOfIds(options);
  if (port === undefined || blueprint === undefined) return undefined;
  const search = async (
    limit: number,
    identifiers: readonly string[] | undefined,
  ): Promise<string[]> => {
    const pages = searchOwnedEntities(port, {
      blueprint,
      integrationIdentifier,
      fields: [],
      identifiers,
      limit,
      signal,
    });
    try {
      // The first page is all that is wanted.
      for await (const page of pages) return page.map(({ identifier }) => identifier);
    } catch (error) {
      // No such blueprint, so nothing in it.
      if (!(error instanceof HttpError) || error.status !== 404) throw error;
    }
    return [];
  };
  return {
    list: (most) => search(most, undefined),
    pick: async (ids) => new Set(ids.length === 0 ? [] : await search(ids.length, ids)),
  };
}

/** The blueprint whose entities are called by the ids of a kind's objects. */
function findBlueprintOfIds({ kind, mapping }: KnownObjectsOptions): string | undefined {
  for (const resource of mapping?.resources ?? []) {
    if (resource.kind !== kind || resource.items !== undefined) continue;
    for (const { identifier, blueprint } of resource.entities) {
      const name = literalOf(blueprint)?.value;
      const isId = !isSearch(identifier) && identifier.source.trim() === ".id";
      if (isId && typeof name === "string") return name;
    }
  }
  return undefined;
}
