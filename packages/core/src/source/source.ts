import type { KindName } from "./kinds.ts";
import type { TimeRange } from "./listing-plan.ts";
import type { PagerDutyObject } from "./objects.ts";
import type { Changes } from "./read-changes.ts";
import type { SourceEstimate } from "./estimate-listings.ts";
import type { SourceResource } from "./selection.ts";

/** An object and the resources that want it, by their places in the mapping. */
export interface PageEntry {
  readonly object: PagerDutyObject;
  readonly resources: readonly number[];
}

/** Objects of one kind, ready to be mapped. An object is in several pages of a listing only where its resources want other things added. */
export interface SourcePage {
  readonly type: "page";
  readonly kind: KindName;
  readonly entries: readonly PageEntry[];
  /** Keys such as `__analytics` that could not be read: what hangs on them is left out, not null. */
  readonly unavailable: readonly string[];
  /** Of incidents that were listed: how far the listing is, for some of its resources. */
  readonly position?: ListingPosition | undefined;
}

/** With its page, everything has been given out that these resources want and that is older. */
interface ListingPosition {
  /** Why some since the position before may be missing; empty when none is. */
  readonly problem: string;
  /** Milliseconds at a whole second. Of that second itself some may have been given out already. */
  readonly until: number;
  readonly resources: readonly number[];
}

/** How the reading of a resource ended. */
export type Completion =
  | { readonly state: "complete" }
  /** Some of its objects may be missing. */
  | { readonly state: "incomplete"; readonly reason: string }
  /** The token or the account may not read it: 402 or 403. */
  | { readonly state: "refused"; readonly error: Error }
  /** PagerDuty did not answer, or not with success, after all retries. */
  | { readonly state: "failed"; readonly error: Error };

export interface ResourceOutcome {
  readonly completion: Completion;
  /** The stretch of time that was read; undefined for lists that have none. */
  readonly range: TimeRange | undefined;
  /** Objects given out for it. */
  readonly objects: number;
}

/** What comes after the last page. */
export interface SourceEnd {
  readonly type: "end";
  readonly kind: KindName;
  /** By the resource's place in the mapping; every one that was asked for is there. */
  readonly outcomes: ReadonlyMap<number, ResourceOutcome>;
  /** Rows received, those included that no resource wants. */
  readonly rows: number;
  /** Keys that could not be read for some objects at least, each with the reason. */
  readonly unavailable: ReadonlyMap<string, string>;
  /** What a person should know, though nothing is missing: one sentence each. */
  readonly notices?: readonly string[];
}

/** One object read by itself, or several. */
export interface ObjectsReading {
  readonly pages: readonly SourcePage[];
  /** Ids that PagerDuty does not show (any more). */
  readonly missing: readonly string[];
  /** Keys that could not be read for some objects at least, each with the reason. */
  readonly unavailable: ReadonlyMap<string, string>;
}

/**
 * PagerDuty as one run sees it: what is read once for the run is kept for it. Another run makes another.
 */
export interface Source {
  /**
   * Reads the objects of resources of one kind. Resources whose requests differ only in what can be told
   * from an object, or in time, share a listing.
   *
   * @throws {HttpError} 401 @throws {ConfigError} a selector that cannot work; the signal's reason
   */
  pages(
    resources: readonly SourceResource[],
    signal?: AbortSignal,
  ): AsyncGenerator<SourcePage | SourceEnd, void>;
  /**
   * Reads one object as a listing would show it, with filters and additions of the resources; time
   * ranges do not count. No page: the object exists, and no resource wants it.
   *
   * @returns undefined where PagerDuty does not show it (404)
   */
  readObject(
    resources: readonly SourceResource[],
    id: string,
    signal?: AbortSignal,
  ): Promise<readonly SourcePage[] | undefined>;
  /** {@link Source.readObject} for many. */
  readObjects(
    resources: readonly SourceResource[],
    ids: readonly string[],
    signal?: AbortSignal,
  ): Promise<ObjectsReading>;
  /** PagerDuty's time when the run began, milliseconds since 1970. */
  startedAt(signal?: AbortSignal): Promise<number>;
  /** The incidents touched since a moment, in milliseconds. */
  changes(since: number, signal?: AbortSignal): Promise<Changes>;
  /** How many rows and requests {@link Source.pages} would be. */
  estimate(resources: readonly SourceResource[], signal?: AbortSignal): Promise<SourceEstimate>;
  /**
   * How many requests {@link Source.changes} would be.
   *
   * @param since milliseconds; undefined = since the run began
   */
  estimateChanges(since: number | undefined, signal?: AbortSignal): Promise<number>;
}
