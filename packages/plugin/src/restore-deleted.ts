import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  listDeletions,
  noRun,
  type PortClient,
  readJournal,
  restoreEntities,
  type Sql,
} from "@pagerport/core";
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
  readonly signal: AbortSignal;
}

/**
 * Puts back what a run or events deleted in Port, from the journal in the plugin's database. What PagerDuty
 * has no more goes again with the next resync that reads everything.
 */
export async function restoreDeleted(
  { run, since, identifiers, overwrite }: WantedRestore,
  { sql, port, signal }: RestoreDeletedOptions,
): Promise<object> {
  // As a file, which is read in the order of its relations: there may be more than fits into memory.
  const folder = await mkdtemp(join(tmpdir(), "pagerport-restore-"));
  const path = join(folder, "deleted.ndjson");
  try {
    await appendFile(path, "", { mode: 0o600 });
    for await (const entries of readJournal(sql, run === "events" ? noRun : run, since)) {
      const wanted = entries.filter(({ identifier }) => identifiers?.has(identifier) ?? true);
      await appendFile(path, wanted.map(({ entity }) => `${JSON.stringify(entity)}\n`).join(""));
    }
    const report = await restoreEntities({ port, path, overwrite, signal });
    const { entities, restored, alreadyThere, refused, missingBlueprints } = report;
    return { entities, restored, alreadyThere, refused, missingBlueprints };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
