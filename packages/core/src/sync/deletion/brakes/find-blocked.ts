import type { Mapping } from "../../../map/mapping.ts";
import type { KindName } from "../../../source/kinds.ts";
import { readSettledRuns } from "../../../store/deletion/settled-runs.ts";
import type { ObjectKey } from "../../../store/freshness.ts";
import { readProduced } from "../../../store/produced.ts";
import type { Sql } from "../../../store/sql.ts";
import { listEntities, type MappedEntry } from "../../map-page.ts";
import { readBlocked } from "./blocked-blueprints.ts";
import { describeReader } from "./describe-reader.ts";

/**
 * Finds which blueprints a live event may not write: those that a run found to be named otherwise by the
 * mapping as it is now, and, while no run has looked at it yet, one of which the object itself would get
 * another name.
 *
 * @returns tells it by what the mapping makes of the object
 */
export async function findBlocked(
  key: ObjectKey,
  kind: KindName,
  { sql, mapper }: { readonly sql: Sql; readonly mapper: { readonly mapping: Mapping } },
): Promise<(entry: MappedEntry) => ReadonlySet<string>> {
  // Runs do not look at incidents either: too many to be all known.
  if (kind === "incidents") return () => new Set();
  const { mapping } = mapper;
  const blocked = await readBlocked(sql, mapping);
  const settled = await readSettledRuns(sql);
  const known = Map.groupBy(await readProduced(sql, [key]), ({ blueprint }) => blueprint);
  const changed = [...known.keys()].filter((blueprint) => {
    const before = settled.get(blueprint);
    return before !== undefined && before.reader !== describeReader(mapping, blueprint);
  });
  return (entry) => {
    const made = listEntities(entry);
    const isRenamed = (blueprint: string): boolean => {
      const names = made.filter((entity) => entity.blueprint === blueprint);
      const before = (known.get(blueprint) ?? []).map(({ identifier }) => identifier);
      const isKnown = names.some(({ identifier }) => before.some((name) => name === identifier));
      return names.length > 0 && !isKnown;
    };
    return new Set([...blocked, ...changed.filter(isRenamed)]);
  };
}
