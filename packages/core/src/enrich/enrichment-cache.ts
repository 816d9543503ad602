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
  /**
   * Of the objects whose names begin with some text (`services/`) those that were kept longest ago under a
   * name: {@link chooseDueCount} of them.
   */
  listDue(name: string, objects: `${string}/`): Promise<ReadonlySet<string>>;
  /** Keeps what was read; what was kept of earlier states may go. */
  keep(name: string, enrichments: readonly KeptEnrichment[]): Promise<void>;
}

/** Values of objects that seem unchanged which a full run asks for again, at least … */
const fewestDue = 200;
/** … or this share of them: each is asked for again within ten full runs. */
const shareDue = 0.1;

/** How many of so many kept values a full run asks for again. */
export function chooseDueCount(kept: number): number {
  return Math.max(fewestDue, Math.ceil(kept * shareDue));
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
    listDue(name, objects) {
      const start = nameOf(name, objects);
      // In the order in which they were kept.
      const names = [...kept.keys()].filter((key) => key.startsWith(start));
      const due = names.slice(0, chooseDueCount(names.length));
      return Promise.resolve(new Set(due.map((key) => key.slice(name.length + 1))));
    },
    keep(name, enrichments) {
      for (const enrichment of enrichments) {
        const key = nameOf(name, enrichment.object);
        kept.delete(key);
        kept.set(key, enrichment);
      }
      return Promise.resolve();
    },
  };
}
