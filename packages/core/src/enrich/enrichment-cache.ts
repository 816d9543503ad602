/** An object in the state that its list told of. */
export interface ObjectVersion {
  /** `services/P1` */
  readonly object: string;
  /** Its `updated_at`, as PagerDuty writes it. */
  readonly updatedAt: string;
}

/** What was added to an object in some state. */
export interface KeptEnrichment extends ObjectVersion {
  /** JSON. */
  readonly value: unknown;
}

/** What was added to objects in earlier runs, so that objects that did not change need no request. */
export interface EnrichmentCache {
  /** What was kept under a name (`__custom_fields`) of objects that have not changed since, by object. */
  read(name: string, versions: readonly ObjectVersion[]): Promise<ReadonlyMap<string, unknown>>;
  /** Keeps what was read; what was kept of earlier states may go. */
  keep(name: string, enrichments: readonly KeptEnrichment[]): Promise<void>;
}

/** A cache for one process. */
export function createMemoryCache(): EnrichmentCache {
  const kept = new Map<string, KeptEnrichment>();
  const nameOf = (name: string, object: string): string => `${name} ${object}`;
  return {
    read(name, versions) {
      const found = new Map<string, unknown>();
      for (const { object, updatedAt } of versions) {
        const known = kept.get(nameOf(name, object));
        if (known?.updatedAt === updatedAt) found.set(object, known.value);
      }
      return Promise.resolve(found);
    },
    keep(name, enrichments) {
      for (const enrichment of enrichments) kept.set(nameOf(name, enrichment.object), enrichment);
      return Promise.resolve();
    },
  };
}
