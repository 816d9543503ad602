import type { Problem } from "../map/entity.ts";
import type { Mapper } from "../map/mapper.ts";
import type { Resource } from "../map/mapping.ts";
import type { EntityWriter } from "../sink/port/write-entities.ts";
import type { Source, SourcePage } from "../source/source.ts";
import type { ObjectKey } from "../store/freshness.ts";
import { uniteSignals } from "../unite-signals.ts";
import { applyTouched } from "./apply-touched.ts";
import { CatalogWriter } from "./catalog-writer.ts";
import { claimPage } from "./claim-page.ts";
import type { ImportKind } from "./import-history.ts";
import { listProductions, mapPages, type MappedEntry } from "./map-page.ts";
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

/** What became of objects. */
export interface ImportWritten {
  readonly written: readonly WrittenEntry[];
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
      const entries = await mapPages(mapper, [page]);
      const written: WrittenEntry[] = [];
      const aside: ObjectKey[] = [];
      for (let start = 0; start < entries.length; start += mostAtOnce) {
        const some = entries.slice(start, start + mostAtOnce);
        aside.push(
          ...(await this.#writeClaimed(kind, some, async (ours, signal) => {
            const onPart = (objects: number): void => onAnswered(kind, objects);
            written.push(...(await writeEntries(ours, { writer, signal, onAnswered: onPart })));
          })),
        );
      }
      const isAside = new Set(aside);
      const done = entries.filter(({ key }) => !isAside.has(key));
      return { written, problems: listProblems(done), aside };
    });
  }

  /** Writes what was refused for want of another, in an order that works. */
  async writeWaiting(kind: ImportKind, waiting: readonly WrittenEntry[]): Promise<ImportWritten> {
    const { writer } = this.#options;
    const refusedBefore = new Map(waiting.map(({ entry, refused }) => [entry.key, refused]));
    const written: WrittenEntry[] = [];
    const entries = waiting.map(({ entry }) => entry);
    const aside = await this.#writeClaimed(kind, entries, async (ours, signal) => {
      const again = ours.flatMap(({ key }) => refusedBefore.get(key) ?? []);
      written.push(...attachRefusals(ours, await writeInOrder(writer, again, signal)));
    });
    return { written, problems: [], aside };
  }

  /**
   * Reads objects by their ids and brings Port to what they are now.
   *
   * @returns besides: ids that others still work on, who bring them to their present state
   */
  async applyById(
    kind: ImportKind,
    ids: readonly string[],
  ): Promise<ImportWritten & { readonly left: readonly string[] }> {
    const { source, mapper, store, resources, signal, onAnswered } = this.#options;
    const entries: MappedEntry[] = [];
    const writer = new CatalogWriter({
      writer: this.#options.writer,
      owned: new Map(),
      merge: mapper.mapping.enableMergeEntity,
    });
    const { left } = await applyTouched({
      source,
      mapper,
      writer,
      store,
      kind,
      resources: resources.filter((resource) => resource.kind === kind),
      ids,
      produced: new ProducedNames(),
      // An import deletes nothing.
      deleteOrphans: undefined,
      onApplied: (applied) => {
        entries.push(...applied);
        onAnswered(kind, applied.length);
      },
      signal,
    });
    const written = attachRefusals(entries, writer.refused);
    return { written, problems: listProblems(entries), aside: [], left };
  }

  /** @returns those that were not claimed, and are to be read again */
  async #writeClaimed(
    kind: ImportKind,
    entries: readonly MappedEntry[],
    write: (ours: readonly MappedEntry[], signal: AbortSignal | undefined) => Promise<void>,
  ): Promise<readonly ObjectKey[]> {
    const { store, remembers, signal } = this.#options;
    const keys = entries.map(({ key }) => key);
    const claim = await claimPage(store, kind, { changed: keys, all: keys });
    const ours = entries.filter(({ key }) => !claim.aside.has(key));
    const productions = remembers ? ours.flatMap(listProductions) : [];
    await claim.complete(productions, (lost) => write(ours, uniteSignals(signal, lost)));
    return [...claim.aside];
  }
}

function listProblems(entries: readonly MappedEntry[]): Problem[] {
  return entries.flatMap(({ results }) => results.flatMap(({ mapped }) => mapped.problems));
}
