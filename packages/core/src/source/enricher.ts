import type { KindName } from "./kinds.ts";
import type { Enrichment } from "./listing-plan.ts";
import type { PagerDutyObject } from "./objects.ts";

/** Objects with what was added to them. */
export interface Enriched {
  /** In the order given; copies where something was added. */
  readonly objects: readonly PagerDutyObject[];
  /** Keys that none of the objects has got, each with the reason, for a person. */
  readonly unavailable: ReadonlyMap<string, string>;
  /** By their places objects that have not got some keys, which others have: each key with its reason. */
  readonly lacking: ReadonlyMap<number, ReadonlyMap<string, string>>;
}

export interface EnrichOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether what was read earlier may do for objects that say that they have not changed since. An event
   * may tell of a change that an object does not show. Default true.
   */
  readonly mayReuse?: boolean;
}

/** Adds to objects what other lists of PagerDuty tell of them. */
export interface Enricher {
  /**
   * Adds what is wanted, with as few requests as the API allows.
   *
   * @throws {HttpError} 401 @throws {NetworkError} any other refusal makes a key unavailable
   */
  enrich(
    kind: KindName,
    objects: readonly PagerDutyObject[],
    wanted: readonly Enrichment[],
    options?: EnrichOptions,
  ): Promise<Enriched>;
}
