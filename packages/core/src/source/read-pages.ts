import { ConfigError, HttpError, PagerportError } from "../errors.ts";
import type { Enriched, Enricher, EnrichOptions } from "./enricher.ts";
import { matchesFilters } from "./filters.ts";
import type { KindName } from "./kinds.ts";
import type { PagerDutyObject } from "./objects.ts";
import type { PagerDutyClient } from "./pagerduty-client.ts";
import { type ListingRows, readListing, type RunLists } from "./read-listing.ts";
import type { SourceResource } from "./selection.ts";
import { shareAdditions } from "./share-additions.ts";
import { type PlannedResource, shareListings } from "./share-listings.ts";
import type { ShiftSchedules } from "./shift-schedules.ts";
import type { Completion, PageEntry, ResourceOutcome, SourceEnd, SourcePage } from "./source.ts";

/** Objects that are enriched and passed on together; a window of incidents is never cut. */
const mostPerPage = 1000;

export interface ReadPagesOptions {
  readonly client: PagerDutyClient;
  readonly enricher: Enricher;
  readonly lists: RunLists;
  readonly shifts: ShiftSchedules;
  readonly signal: AbortSignal | undefined;
  readonly onPage: (rows: number) => void;
  readonly mostRowsAhead: number | undefined;
  readonly plan: () => Promise<readonly PlannedResource[]>;
}

/** Reads resources of one kind, listing by listing, and tells at the end how each has ended. */
export async function* readPages(
  kind: KindName,
  resources: readonly SourceResource[],
  options: ReadPagesOptions,
): AsyncGenerator<SourcePage | SourceEnd, void> {
  const { client, lists, signal } = options;
  const outcomes = new Map<number, ResourceOutcome>();
  const unavailable = new Map<string, string>();
  const notices = new Set<string>();
  let rows = 0;
  const end = (indexes: readonly number[], completion: Completion): void => {
    for (const index of indexes) {
      const known = outcomes.get(index) ?? { range: undefined, objects: 0 };
      outcomes.set(index, { ...known, completion });
    }
  };

  let planned: readonly PlannedResource[] = [];
  try {
    planned = await options.plan();
  } catch (error) {
    end(
      resources.map(({ index }) => index),
      describeEnd(error, signal),
    );
  }
  for (const { index, plan } of planned) {
    outcomes.set(index, { completion: { state: "complete" }, range: plan.range, objects: 0 });
  }

  for (const listing of shareListings(planned)) {
    try {
      for await (const part of readListing(client, listing, lists, options)) {
        rows += part.rows.length;
        for (const notice of part.notices ?? []) notices.add(notice);
        if (part.problem !== "") {
          const indexes = part.resources.map(({ index }) => index);
          end(indexes, { state: "incomplete", reason: part.problem });
        }
        for (const chunk of chunkRows(kind, part.rows)) {
          const made = makePages(kind, chunk, part.resources, { ...options, part });
          for await (const { page, missing } of made) {
            for (const [key, reason] of missing) unavailable.set(key, reason);
            count(outcomes, page.entries);
            yield page;
          }
        }
      }
    } catch (error) {
      end(
        listing.resources.map(({ index }) => index),
        describeEnd(error, signal),
      );
    }
  }
  const told = notices.size === 0 ? {} : { notices: [...notices] };
  yield { type: "end", kind, outcomes, rows, unavailable, ...told };
}

function chunkRows(
  kind: KindName,
  rows: readonly PagerDutyObject[],
): (readonly PagerDutyObject[])[] {
  if (kind === "incidents") return [rows];
  const chunks = Math.ceil(rows.length / mostPerPage);
  return Array.from({ length: chunks }, (_, place) =>
    rows.slice(place * mostPerPage, (place + 1) * mostPerPage),
  );
}

function count(outcomes: Map<number, ResourceOutcome>, entries: readonly PageEntry[]): void {
  for (const { resources } of entries) {
    for (const index of resources) {
      const known = outcomes.get(index);
      if (known !== undefined) outcomes.set(index, { ...known, objects: known.objects + 1 });
    }
  }
}

/** A page, and why what it lacks is missing. */
export interface MadePage {
  readonly page: SourcePage;
  readonly missing: ReadonlyMap<string, string>;
}

/** Finds out which objects are whose, and adds to them what those want: one page for each addition. */
export async function* makePages(
  kind: KindName,
  rows: readonly PagerDutyObject[],
  resources: readonly PlannedResource[],
  options: EnrichOptions & {
    readonly enricher: Enricher;
    /** What of a listing they are. */
    readonly part?: Pick<ListingRows, "until" | "problem">;
  },
): AsyncGenerator<MadePage, void> {
  const { until, problem = "" } = options.part ?? {};
  for (const additions of shareAdditions(resources)) {
    const wanted = rows.flatMap((object) => {
      const indexes = additions.resources
        .filter(({ plan }) => matchesFilters(object, plan.filters))
        .map(({ index }) => index);
      return indexes.length === 0 ? [] : [{ object, indexes }];
    });
    if (wanted.length === 0) continue;
    const enriched = await options.enricher.enrich(
      kind,
      wanted.map(({ object }) => object),
      additions.enrichments,
      options,
    );
    const entries = wanted.map(({ object, indexes }, place) => ({
      object: enriched.objects[place] ?? object,
      resources: indexes,
    }));
    const served = additions.resources.map(({ index }) => index);
    const parts = shareByLack(entries, enriched);
    for (const [place, { entries: some, missing }] of parts.entries()) {
      const isLast = place === parts.length - 1;
      const page: SourcePage = {
        type: "page",
        kind,
        entries: some,
        unavailable: [...missing.keys()],
        // So far is read once the last of them is.
        ...(until === undefined || !isLast
          ? {}
          : { position: { until, problem, resources: served } }),
      };
      yield { page, missing };
    }
  }
}

type PageEntries = SourcePage["entries"];

/** A page leaves out a key for all its objects: those that lack one stand on a page of their own. */
function shareByLack(
  entries: PageEntries,
  { unavailable, lacking }: Enriched,
): { readonly entries: PageEntries; readonly missing: ReadonlyMap<string, string> }[] {
  if (lacking.size === 0) return [{ entries, missing: unavailable }];
  const keysAt = (place: number): string => [...(lacking.get(place)?.keys() ?? [])].join(" ");
  const places = Map.groupBy(entries.keys(), keysAt);
  return [...places.values()].map((some) => ({
    entries: some.flatMap((place) => entries[place] ?? []),
    missing: new Map([...unavailable, ...(lacking.get(some[0] ?? 0) ?? [])]),
  }));
}

/**
 * What an error means for the resources that were being read.
 *
 * @throws the error itself, where it ends the run
 */
function describeEnd(error: unknown, signal: AbortSignal | undefined): Completion {
  signal?.throwIfAborted();
  if (!(error instanceof PagerportError) || error instanceof ConfigError) throw error;
  if (!(error instanceof HttpError)) return { state: "failed", error };
  if (error.status === 401) throw error;
  return { state: [402, 403].includes(error.status) ? "refused" : "failed", error };
}
