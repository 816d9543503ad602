import type { Problem } from "../map/entity.ts";
import type { Mapper } from "../map/mapper.ts";
import type { Resource } from "../map/mapping.ts";
import type { WriteGuard } from "../sink/port/guard-writes.ts";
import type { EntityWriter } from "../sink/port/write-entities.ts";
import type { Source, SourcePage } from "../source/source.ts";
import type { ObjectKey } from "../store/freshness.ts";
import { uniteSignals } from "../unite-signals.ts";
import { applyTouched, type TouchedApplied } from "./apply-touched.ts";
import { CatalogWriter } from "./catalog-writer.ts";
import { claimPage } from "./claim-page.ts";
import type { ImportKind } from "./import-history.ts";
import { listEntities, listProductions, mapPages, type MappedEntry } from "./map-page.ts";
import { nameObject } from "./object-key.ts";
import { ObjectTurns } from "./object-turns.ts";
import { ProducedNames } from "./produced-names.ts";
import type { RunStore } from "./run-store.ts";
import { attachRefusals, writeEntries, type WrittenEntry } from "./write-entries.ts";
import { writeInOrder } from "./write-in-order.ts";

/**
 * Objects that are claimed and written together. An event for one of them waits meanwhile: 25 requests to
 * Port are a few seconds. More claims would each cost the store two commits.
 */
const mostAtOnce = 500;

export interface ImportWriterOptions {
  readonly source: Source;
  readonly mapper: Mapper;
  readonly writer: EntityWriter;
  readonly store: RunStore;
  /** Whether what objects produce is remembered: not where nothing would ever read it. */
  readonly remembers: boolean;
  /** Those of the mapping that are imported. */
  readonly resources: readonly Resource[];
  readonly signal: AbortSignal;
  /** Told of objects as Port answers. */
  readonly onAnswered: (kind: ImportKind, objects: number) => void;
}

/** What became of objects. Of thousands only what is not in Port is kept whole. */
export interface ImportWritten {
  /** Objects all of which Port has. */
  readonly accepted: readonly ObjectKey[];
  /** Objects that the mapping makes nothing of. */
  readonly empty: readonly ObjectKey[];
  readonly refused: readonly WrittenEntry[];
  /** Fields that could not be computed. */
  readonly problems: readonly Problem[];
  /** Objects that something newer was done to, or is being done: they must be read again. */
  readonly aside: readonly ObjectKey[];
}

/**
 * The one way on which what an import reads gets to Port. It never looks at what Port has, and never
 * overwrites what live events have written since the run began.
 */
export class ImportWriter {
  readonly #options: ImportWriterOptions;
  readonly #turns = new ObjectTurns();

  constructor(options: ImportWriterOptions) {
    this.#options = options;
  }

  /** Maps and writes the objects of a page that was listed. */
  async writePage(page: SourcePage): Promise<ImportWritten> {
    const { mapper, writer, onAnswered } = this.#options;
    const kind = page.kind as ImportKind;
    const keys = page.entries.map(({ object }) => nameObject(page.kind, object));
    return this.#turns.take(keys, async () => {
      const parts: ImportWritten[] = [];
      for (let start = 0; start < keys.length; start += mostAtOnce) {
        const part = { ...page, entries: page.entries.slice(start, start + mostAtOnce) };
        const write: WriteOurs = (ours, signal, guard) =>
          writeEntries(ours, {
            writer,
            signal,
            guard,
            onAnswered: (objects) => onAnswered(kind, objects),
          });
        parts.push(await this.#writeClaimed(kind, await mapPages(mapper, [part]), write));
      }
      return joinWritten(parts);
    });
  }

  /** Writes what was refused for want of another, in an order that works. */
  async writeWaiting(kind: ImportKind, waiting: readonly WrittenEntry[]): Promise<ImportWritten> {
    const { writer } = this.#options;
    const refusedBefore = new Map(waiting.map(({ entry, refused }) => [entry.key, refused]));
    const entries = waiting.map(({ entry }) => entry);
    const write: WriteOurs = async (ours, signal, guard) => {
      const again = new Set(ours.flatMap(({ key }) => refusedBefore.get(key) ?? []));
      return attachRefusals(ours, await writeInOrder(writer, [...again], signal, guard));
    };
    // What could not be computed of them has been told.
    return { ...(await this.#writeClaimed(kind, entries, write)), problems: [] };
  }

  /**
   * Reads objects by their ids and brings Port to what they are now.
   *
   * @returns besides what became of them, what was not done, and why
   */
  async applyById(
    kind: ImportKind,
    ids: readonly string[],
  ): Promise<ImportWritten & TouchedApplied> {
    const { source, mapper, store, resources, signal, onAnswered } = this.#options;
    const entries: MappedEntry[] = [];
    const writer = new CatalogWriter({
      writer: this.#options.writer,
      owned: new Map(),
      merge: mapper.mapping.enableMergeEntity,
    });
    const touched = await applyTouched({
      source,
      mapper,
      writer,
      store,
      kind,
      resources: resources.filter((resource) => resource.kind === kind),
      ids,
      produced: new ProducedNames(),
      blocked: new Set(),
      onRead: (_, read) => {
        entries.push(...read);
        onAnswered(kind, read.length);
      },
      signal,
    });
    return { ...sumUp(attachRefusals(entries, writer.refused), []), ...touched };
  }

  async #writeClaimed(
    kind: ImportKind,
    entries: readonly MappedEntry[],
    write: WriteOurs,
  ): Promise<ImportWritten> {
    const { store, remembers, signal } = this.#options;
    const keys = entries.map(({ key }) => key);
    const claim = await claimPage(store, kind, { changed: keys, all: keys });
    const ours = entries.filter(({ key }) => !claim.aside.has(key));
    const productions = remembers ? ours.flatMap(listProductions) : [];
    let written: readonly WrittenEntry[] = [];
    await claim.complete(productions, async (guard) => {
      written = await write(ours, uniteSignals(signal, guard?.signal), guard);
    });
    return sumUp(written, [...claim.aside]);
  }
}

/** Writes those of some objects that were claimed. */
type WriteOurs = (
  ours: readonly MappedEntry[],
  signal: AbortSignal | undefined,
  guard: WriteGuard | undefined,
) => Promise<WrittenEntry[]>;

function sumUp(written: readonly WrittenEntry[], aside: readonly ObjectKey[]): ImportWritten {
  const accepted = written.filter(({ refused }) => refused.length === 0);
  const isEmpty = ({ entry }: WrittenEntry): boolean => listEntities(entry).length === 0;
  const keyOf = ({ entry }: WrittenEntry): ObjectKey => entry.key;
  return {
    accepted: accepted.filter((one) => !isEmpty(one)).map(keyOf),
    empty: accepted.filter(isEmpty).map(keyOf),
    refused: written.filter(({ refused }) => refused.length > 0),
    problems: written.flatMap(({ entry }) =>
      entry.results.flatMap(({ mapped }) => mapped.problems),
    ),
    aside,
  };
}

function joinWritten(parts: readonly ImportWritten[]): ImportWritten {
  return {
    accepted: parts.flatMap(({ accepted }) => accepted),
    empty: parts.flatMap(({ empty }) => empty),
    refused: parts.flatMap(({ refused }) => refused),
    problems: parts.flatMap(({ problems }) => problems),
    aside: parts.flatMap(({ aside }) => aside),
  };
}
