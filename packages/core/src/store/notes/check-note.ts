import type { Sql } from "../sql.ts";
import { keepState, readState } from "../state.ts";

/** How Port's entities of one blueprint compared with PagerDuty, counted. */
export interface CheckedBlueprint {
  readonly blueprint: string;
  /** Those compared field by field. */
  readonly compared: number;
  /** Of those, how many have other values in Port. */
  readonly changed: number;
  /** Made by the mapping, and not in Port; of all, not of a sample. */
  readonly missing: number;
  /** In Port, and made by nothing; of all, not of a sample. */
  readonly extra: number;
}

/** What a check of Port's catalog came to. */
export interface CatalogCheck {
  /** Who checked: host and process, or `verify` for a person. */
  readonly by: string;
  /** Entities of a blueprint that were compared field by field at most; undefined = all. */
  readonly sample: number | undefined;
  /** `unfinished`: what could be compared is in step. */
  readonly verdict: "in-step" | "drifted" | "unfinished";
  readonly blueprints: readonly CheckedBlueprint[];
}

/** A check, and when it ended: milliseconds since 1970 by the database's clock. */
export interface PastCheck extends CatalogCheck {
  readonly at: number;
}

const stateName = "check";

/** Remembers what a check came to, in place of the one before. */
export async function keepCheck(sql: Sql, check: CatalogCheck): Promise<void> {
  const { sample, ...rest } = check;
  await keepState(sql, stateName, JSON.stringify({ ...rest, sample: sample ?? null }));
}

/** The last check that told something; undefined before the first. */
export async function readCheck(sql: Sql): Promise<PastCheck | undefined> {
  const kept = await readState(sql, stateName);
  if (kept === undefined) return undefined;
  const check = JSON.parse(kept.value) as Omit<CatalogCheck, "sample"> & {
    readonly sample: number | null;
  };
  return { ...check, sample: check.sample ?? undefined, at: kept.keptAt };
}
