import type { Sql } from "../sql.ts";
import { keepState, readState } from "../state.ts";

/** A mapping that is gone by. */
export interface NotedMapping {
  /** Tells mappings apart: a hash of the document. */
  readonly digest: string;
  /** Where it is from, for a person: a file's name, `the mapping of integration X in Port`. */
  readonly origin: string | undefined;
}

/** What is known of mappings. */
export interface MappingNotes {
  /** The one in use, and since when; milliseconds since 1970 by the database's clock. */
  readonly used: (NotedMapping & { readonly since: number }) | undefined;
  /** Digest of the one that the last full run went by. */
  readonly full: string | undefined;
  /** Blueprints that are not written, as the mapping names their entities otherwise than before. */
  readonly blocked: readonly string[];
}

const usedName = "mapping-used";
const fullName = "mapping-full";
/** Kept by the brakes of runs: an object whose keys are blueprints. */
const blockedName = "blocked-blueprints";

/** Remembers which mapping is in use; since when stays as it is while it is the same. */
export async function noteMapping(sql: Sql, mapping: NotedMapping): Promise<void> {
  const { digest, origin = null } = mapping;
  const text = JSON.stringify({ digest, origin });
  if ((await readState(sql, usedName))?.value === text) return;
  await keepState(sql, usedName, text);
}

/** Remembers by which mapping the last full run went that got to its end. */
export async function noteFullMapping(sql: Sql, digest: string): Promise<void> {
  await keepState(sql, fullName, digest);
}

/** What is known of mappings; of versions that noted nothing, nothing. */
export async function readMappingNotes(sql: Sql): Promise<MappingNotes> {
  const used = await readState(sql, usedName);
  const full = await readState(sql, fullName);
  const blocked = await readState(sql, blockedName);
  return {
    used: used && parseUsed(used),
    full: full?.value,
    blocked: Object.keys(JSON.parse(blocked?.value ?? "{}") as Record<string, string>).toSorted(),
  };
}

function parseUsed({ value, keptAt }: { readonly value: string; readonly keptAt: number }) {
  const { digest, origin } = JSON.parse(value) as { digest: string; origin: string | null };
  return { digest, origin: origin ?? undefined, since: keptAt };
}
