import type { Resource } from "../map/mapping.ts";
import type { Source, SourceEnd, SourcePage } from "../source/source.ts";
import { ReadAhead } from "../read-ahead.ts";

/** Kinds that are read at the same time: a list is whole in memory before its first page is given out. */
const mostKindsAtOnce = 4;

/** Objects of one kind that are kept for their turn; the page that reaches it is kept whole. */
const mostObjectsAhead = 2000;

/** The resources of one kind, and what is read for them. */
export interface KindReading {
  readonly resources: readonly Resource[];
  readonly items: AsyncIterable<SourcePage | SourceEnd>;
}

export interface KindReaderOptions {
  readonly source: Source;
  readonly resources: readonly Resource[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads several kinds at the same time, and gives them out in the order of the mapping. An error of one
 * waits for that one's turn: what comes before it is given out first.
 */
export class KindReader {
  readonly #source: Source;
  readonly #signal: AbortSignal | undefined;
  readonly #planned: Resource[][];
  readonly #begun: { readonly resources: readonly Resource[]; readonly pages: Pages }[] = [];

  /** Begins to read at once. */
  constructor({ source, resources, signal }: KindReaderOptions) {
    this.#source = source;
    this.#signal = signal;
    this.#planned = [...Map.groupBy(resources, ({ kind }) => kind).values()];
    this.#begin();
  }

  /** Gives out every kind, once; one is read to its end before the next is asked for. */
  async *kinds(): AsyncGenerator<KindReading, void> {
    for (;;) {
      this.#begin();
      const [head] = this.#begun;
      if (head === undefined) return;
      yield { resources: head.resources, items: head.pages.items() };
      this.#begun.shift();
    }
  }

  /** Asks for no further pages, and waits for what is under way; it is the signal that ends requests. */
  async close(): Promise<void> {
    await Promise.all(this.#begun.map(({ pages }) => pages.close()));
  }

  #begin(): void {
    while (this.#begun.length < mostKindsAtOnce) {
      const resources = this.#planned.shift();
      if (resources === undefined) return;
      const source = this.#source.pages(resources, this.#signal);
      const pages: Pages = new ReadAhead(source, { sizeOf: countObjects, most: mostObjectsAhead });
      this.#begun.push({ resources, pages });
    }
  }
}

type Pages = ReadAhead<SourcePage | SourceEnd>;

function countObjects(item: SourcePage | SourceEnd): number {
  return item.type === "page" ? item.entries.length : 0;
}
