import { searchOwnedEntities } from "../../../sink/port/list-owned-entities.ts";
import type { PortClient } from "../../../sink/port/port-client.ts";
import type { EntityRef } from "../../../store/produced.ts";

/** Names in one search, see {@link findEntities}. */
const mostNames = 100;

/** Makes what tells which of some entities an integration owns, for work that has not listed them all. */
export function createOwnedFinder(options: {
  readonly port: PortClient;
  readonly integrationIdentifier: string;
  readonly signal?: AbortSignal | undefined;
}): (refs: readonly EntityRef[]) => Promise<readonly EntityRef[]> {
  const { port, ...rest } = options;
  return async (refs) => {
    const owned: EntityRef[] = [];
    for (const [blueprint, ofBlueprint] of Map.groupBy(refs, (ref) => ref.blueprint)) {
      const names = [...new Set(ofBlueprint.map(({ identifier }) => identifier))];
      for (let start = 0; start < names.length; start += mostNames) {
        const identifiers = names.slice(start, start + mostNames);
        const search = { ...rest, blueprint, identifiers, fields: [] };
        for await (const page of searchOwnedEntities(port, search)) {
          for (const { identifier } of page) owned.push({ blueprint, identifier });
        }
      }
    }
    return owned;
  };
}
