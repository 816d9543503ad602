import { chooseDueCount, type EnrichmentCache } from "../enrich/enrichment-cache.ts";
import { keepEnrichments, listOldestEnrichments, readEnrichments } from "../store/enrichments.ts";
import type { Sql } from "../store/sql.ts";

/** Keeps what was added to objects in the store, for later runs and other processes. */
export function createStoreCache(sql: Sql): EnrichmentCache {
  return {
    read: (name, versions) => readEnrichments(sql, name, versions),
    listDue: (name, objects) =>
      listOldestEnrichments(sql, name, { objects, choose: chooseDueCount }),
    keep: (name, enrichments) => keepEnrichments(sql, name, enrichments),
  };
}
