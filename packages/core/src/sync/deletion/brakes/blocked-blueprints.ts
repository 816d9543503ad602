import type { Mapping } from "../../../map/mapping.ts";
import type { Sql } from "../../../store/sql.ts";
import { keepState, readState } from "../../../store/state.ts";
import { describeReader } from "./describe-reader.ts";

const stateName = "blocked-blueprints";

/**
 * Remembers which blueprints a run found to be named otherwise by the mapping as it is now, in place of
 * what was: live events do not write them either.
 */
export async function keepBlocked(
  sql: Sql,
  mapping: Pick<Mapping, "resources">,
  blocked: ReadonlyMap<string, string>,
): Promise<void> {
  const readers = [...blocked.keys()].map((name) => [name, describeReader(mapping, name)]);
  await keepState(sql, stateName, JSON.stringify(Object.fromEntries(readers)));
}

/** The blueprints that a run found to be named otherwise by just this mapping. */
export async function readBlocked(
  sql: Sql,
  mapping: Pick<Mapping, "resources">,
): Promise<ReadonlySet<string>> {
  const kept = await readState(sql, stateName);
  const readers = JSON.parse(kept?.value ?? "{}") as Record<string, string>;
  const blocked = Object.entries(readers).filter(
    ([blueprint, reader]) => describeReader(mapping, blueprint) === reader,
  );
  return new Set(blocked.map(([blueprint]) => blueprint));
}
