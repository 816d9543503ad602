import { createEmitter, type EventListener } from "../events.ts";
import type { Mapper } from "../map/mapper.ts";
import type { Resource } from "../map/mapping.ts";
import type { KindName } from "../source/kinds.ts";
import type { SourceEnd, SourcePage } from "../source/source.ts";
import type { ObjectKey } from "../store/freshness.ts";
import { recordServices } from "../store/incident-services.ts";
import type { EntityRef } from "../store/produced.ts";
import type { CatalogWriter } from "./catalog-writer.ts";
import { claimPage, type PageClaim } from "./claim-page.ts";
import { leaveOutBlueprints, type NamingCheck } from "./deletion/brakes/check-naming.ts";
import type { RunSightings } from "./deletion/evidence/run-sightings.ts";
import type { KindReader } from "./kind-reader.ts";
import {
  listEntities,
  listProductions,
  listServices,
  mapPage,
  type MappedEntry,
} from "./map-page.ts";
import { nameObject, readObjectId } from "./object-key.ts";
import { ObjectTurns } from "./object-turns.ts";
import { ProducedNames } from "./produced-names.ts";
import { uniteSignals } from "../unite-signals.ts";
import { countMapped, createResourceCount, type ResourceCount } from "./resource-count.ts";
import type { RunStore } from "./run-store.ts";
import { SeenObjects } from "./seen-objects.ts";

/** What came of reading a catalog and writing what differs. */
export interface CatalogReading {
  readonly resources: readonly ResourceCount[];
  readonly produced: ProducedNames;
  /** Incidents that were listed. */
  readonly listed: ReadonlySet<ObjectKey>;
  /** Ids of objects, by kind, that something newer was done to meanwhile, or that are being worked on. */
  readonly aside: ReadonlyMap<KindName, ReadonlySet<string>>;
  /** What their pages say that they produce: it is not to be deleted where they cannot be read again. */
  readonly asideProduced: ReadonlyMap<ObjectKey, readonly EntityRef[]>;
  /** What could not be added to objects (`__analytics` …), and why: one sentence each. */
  readonly unavailable: readonly string[];
  /** What a person should know of how lists were read, one sentence each. */
  readonly notices: readonly string[];
}

export interface WriteCatalogOptions {
  /** Reads the resources; whoever made it closes it. */
  readonly reader: KindReader;
  readonly mapper: Mapper;
  readonly writer: CatalogWriter;
  /** Undefined where nothing is to be remembered. */
  readonly store: RunStore | undefined;
  /** Those of the mapping's resources that are read. */
  readonly resources: readonly Resource[];
  /** Takes in what was seen of objects, as far as deletion depends on it. */
  readonly sightings: RunSightings;
  /** What is not to be written, see {@link createNamingCheck}. */
  readonly naming: NamingCheck;
  /** Objects that another pass has written. */
  readonly skipped?: ReadonlySet<ObjectKey> | undefined;
  /** Hears of each page of raw objects. */
  readonly onPage?: ((page: SourcePage) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: EventListener | undefined;
}

/**
 * Takes what is read kind by kind, makes entities, and writes those that differ from what Port has.
 * Reading, mapping and writing overlap: a page is written while others are read.
 *
 * @throws what reading or writing throws: refused credentials, no answer; kinds that fail alone do not
 */
export async function writeCatalog(options: WriteCatalogOptions): Promise<CatalogReading> {
  const run = new CatalogRun(options);
  try {
    for await (const { resources, items } of options.reader.kinds()) {
      for await (const item of options.naming.inspect(resources, items)) {
        if (item.type === "page") {
          await run.write(item);
        } else {
          run.end(resources, item);
        }
      }
    }
  } catch (error) {
    // What was read before it is written, and nothing goes on when the run has ended.
    await run.settle();
    throw error;
  }
  return run.finish();
}

/** Says what could not be added to objects of a kind, one sentence each. */
export function describeUnavailable(
  kind: KindName,
  unavailable: ReadonlyMap<string, string>,
): string[] {
  return [...unavailable].map(([key, reason]) => `${key} of ${kind} could not be read: ${reason}`);
}

/** Pages whose writes are not answered yet; more would only fill memory. */
const mostPagesAhead = 8;

class CatalogRun {
  readonly #options: WriteCatalogOptions;
  readonly #emit: EventListener;
  readonly #counts: Map<number, ResourceCount>;
  readonly #produced = new ProducedNames();
  readonly #listed = new Set<ObjectKey>();
  readonly #aside = new Map<KindName, Set<string>>();
  readonly #asideProduced = new Map<ObjectKey, readonly EntityRef[]>();
  readonly #unavailable: string[] = [];
  readonly #notices: string[] = [];
  readonly #seen: SeenObjects | undefined;
  /** Two pages with one object are written in their order. */
  readonly #writing = new ObjectTurns();
  #failure: { readonly error: unknown } | undefined;

  constructor(options: WriteCatalogOptions) {
    this.#options = options;
    this.#emit = createEmitter(options.onEvent);
    this.#seen = options.store === undefined ? undefined : new SeenObjects(options.store);
    this.#counts = new Map(
      options.resources.map((resource) => [resource.index, createResourceCount(resource)]),
    );
  }

  /** Maps a page and begins to write what differs. */
  async write(page: SourcePage): Promise<void> {
    const { mapper, onPage, skipped, sightings, naming } = this.#options;
    onPage?.(page);
    const read = await mapPage(mapper, leaveOut(page, skipped));
    sightings.addListed(page.kind, read);
    const { blocked } = naming;
    const entries = blocked.size === 0 ? read : read.map((entry) => this.#block(entry, blocked));
    for (const { key, results } of entries) {
      if (page.kind === "incidents") this.#listed.add(key);
      for (const { resource, mapped } of results) {
        const count = this.#counts.get(resource.index);
        if (count !== undefined) countMapped(count, mapped, this.#emit);
      }
    }
    this.#start(page, entries);
    while (this.#writing.size >= mostPagesAhead) await this.#writing.next();
    this.#throwFailure();
  }

  /** What is not to be written counts as made all the same: none of it is to go either. */
  #block(entry: MappedEntry, blocked: NamingCheck["blocked"]): MappedEntry {
    const left = listEntities(entry).filter(({ blueprint }) => blocked.has(blueprint));
    this.#produced.addAll(left);
    this.#options.naming.noteLeftOut(left);
    return leaveOutBlueprints(entry, blocked);
  }

  /** Notes how the reading of the resources of a kind ended. */
  end(resources: readonly Resource[], end: SourceEnd): void {
    this.#unavailable.push(...describeUnavailable(end.kind, end.unavailable));
    this.#notices.push(...(end.notices ?? []));
    for (const { index } of resources) {
      const count = this.#counts.get(index);
      const outcome = end.outcomes.get(index);
      if (count === undefined || outcome === undefined) continue;
      count.outcome = outcome;
      const { name, entities, problems } = count;
      const { objects, completion } = outcome;
      this.#emit({ type: "resource", name, objects, entities, problems, state: completion.state });
    }
  }

  /** Waits for what is being written, whatever comes of it. */
  async settle(): Promise<void> {
    await this.#writing.all();
  }

  /** Waits for what is being written, and tells what came of all of it. */
  async finish(): Promise<CatalogReading> {
    await this.settle();
    this.#throwFailure();
    await this.#seen?.flush();
    return {
      resources: [...this.#counts.values()],
      produced: this.#produced,
      listed: this.#listed,
      aside: this.#aside,
      asideProduced: this.#asideProduced,
      unavailable: this.#unavailable,
      notices: this.#notices,
    };
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #start(page: SourcePage, entries: readonly MappedEntry[]): void {
    const keys = entries.map(({ key }) => key);
    void this.#writing.take(keys, async () => {
      try {
        if (this.#failure === undefined) await this.#writeEntries(page.kind, entries);
      } catch (error) {
        this.#failure ??= { error };
      }
    });
  }

  async #writeEntries(kind: KindName, entries: readonly MappedEntry[]): Promise<void> {
    const { writer, store, signal } = this.#options;
    const differing = new Set(await writer.findChanged(entries.flatMap(listEntities)));
    const changed = entries.filter((entry) =>
      listEntities(entry).some((entity) => differing.has(entity)),
    );
    const claim: PageClaim = await claimPage(store, kind, {
      changed: changed.map(({ key }) => key),
      all: entries.map(({ key }) => key),
    });
    for (const key of claim.aside) this.#setAside(kind, key);
    for (const entry of entries) {
      if (!claim.aside.has(entry.key)) continue;
      const productions = listProductions(entry);
      this.#asideProduced.set(
        entry.key,
        productions.flatMap(({ entities }) => entities),
      );
    }
    const ours = entries.filter(({ key }) => !claim.aside.has(key));
    for (const entry of ours) this.#produced.addAll(listEntities(entry));
    const isChanged = new Set(changed);
    const claimed = ours.filter((entry) => isChanged.has(entry));
    await claim.complete(claimed.flatMap(listProductions), async (guard) => {
      const written = claimed.flatMap(listEntities).filter((entity) => differing.has(entity));
      if (written.length === 0) return;
      await writer.write(written, uniteSignals(signal, guard?.signal), guard);
    });
    if (store !== undefined) {
      const open = ours.filter(({ service }) => service?.isOpen === true);
      await recordServices(store.sql, listServices(open), store.run.number);
    }
    await this.#seen?.add(ours.filter((entry) => !isChanged.has(entry)).flatMap(listProductions));
  }

  #setAside(kind: KindName, key: ObjectKey): void {
    const ids = this.#aside.get(kind) ?? new Set();
    this.#aside.set(kind, ids.add(readObjectId(key)));
  }
}

function leaveOut(page: SourcePage, skipped: ReadonlySet<ObjectKey> | undefined): SourcePage {
  if (skipped === undefined || skipped.size === 0) return page;
  const entries = page.entries.filter(({ object }) => !skipped.has(nameObject(page.kind, object)));
  return { ...page, entries };
}
