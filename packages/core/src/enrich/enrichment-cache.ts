/** What was added to objects in earlier runs, so that objects that did not change need no request. */
export interface EnrichmentCache {
  /**
   * What was kept of an object (`services/P1/__custom_fields`) when it was last changed at that moment;
   * undefined where that is unknown.
   */
  get(objectKey: string, updatedAt: string): Promise<readonly unknown[] | undefined>;
  /** Keeps what was read; what was kept of an earlier state may go. */
  set(objectKey: string, updatedAt: string, value: readonly unknown[]): Promise<void>;
}

/** A cache for one process. */
export function createMemoryCache(): EnrichmentCache {
  const kept = new Map<
    string,
    { readonly updatedAt: string; readonly value: readonly unknown[] }
  >();
  return {
    get(objectKey, updatedAt) {
      const known = kept.get(objectKey);
      return Promise.resolve(known?.updatedAt === updatedAt ? known.value : undefined);
    },
    set(objectKey, updatedAt, value) {
      kept.set(objectKey, { updatedAt, value });
      return Promise.resolve();
    },
  };
}
