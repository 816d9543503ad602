import { listDeletions, noRun, type PortClient, restoreEntities, type Sql } from "@pagerport/core";
import type { WantedRestore } from "./operations.ts";

/** Deletions that are listed one by one. */
const shownDeletions = 1000;

/** Names of what was deleted in Port and can be put back, the last first. */
export async function listDeleted(sql: Sql): Promise<object> {
  const deletions = await listDeletions(sql, shownDeletions);
  return {
    deletions: deletions.map(({ run, blueprint, identifier, deletedAt }) => ({
      run: run === noRun ? "events" : run,
      blueprint,
      identifier,
      deletedAt: new Date(deletedAt).toISOString(),
    })),
  };
}

export interface RestoreDeletedOptions {
  readonly sql: Sql;
  readonly port: PortClient;
  /** Another integration's entities are not overwritten. */
  readonly integrationIdentifier: string;
  readonly signal: AbortSignal;
}

/**
 * Puts back what a run or events deleted in Port, from the journal in the plugin's database. It is
 * held until PagerDuty lists it again.
 */
export async function restoreDeleted(
  { run, since, identifiers, overwrite }: WantedRestore,
  { sql, port, integrationIdentifier, signal }: RestoreDeletedOptions,
): Promise<object> {
  const stored = { sql, run: run === "events" ? noRun : run, since, identifiers };
  const report = await restoreEntities({
    port,
    stored,
    overwrite,
    integrationIdentifier,
    signal,
  });
  const { entities, restored, alreadyThere, refused, missingBlueprints, relations, unrelated } =
    report;
  return { entities, restored, alreadyThere, refused, missingBlueprints, relations, unrelated };
}
