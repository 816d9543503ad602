import { PagerportError } from "../errors.ts";
import type { PagerDutyObject } from "../source/objects.ts";
import type { Source, SourcePage } from "../source/source.ts";

/**
 * Adds to objects of PagerDuty what a mapping is to see in them, from wherever: in the order given, as many
 * as were given. What it throws ends the run.
 *
 * @param kind the list that they are of: `services`
 */
export type EnrichObjects = (
  kind: string,
  objects: readonly PagerDutyObject[],
  signal?: AbortSignal,
) => Promise<readonly PagerDutyObject[]>;

/** A source whose objects have been added to, page by page. */
export function addToObjects(source: Source, enrich: EnrichObjects): Source {
  async function addToPage(page: SourcePage, signal: AbortSignal | undefined): Promise<SourcePage> {
    const { kind, entries } = page;
    const added = await enrich(
      kind,
      entries.map(({ object }) => object),
      signal,
    );
    if (added.length !== entries.length) {
      throw new PagerportError(
        `What enriches ${kind} gave ${added.length} objects for ${entries.length}`,
      );
    }
    const pairs = entries.map(({ object, resources }, at) => ({
      object: added[at] ?? object,
      resources,
    }));
    return { ...page, entries: pairs };
  }
  const addToPages = (
    pages: readonly SourcePage[],
    signal: AbortSignal | undefined,
  ): Promise<SourcePage[]> => Promise.all(pages.map((page) => addToPage(page, signal)));

  return {
    ...source,
    async *pages(resources, signal) {
      for await (const item of source.pages(resources, signal)) {
        yield item.type === "page" ? await addToPage(item, signal) : item;
      }
    },
    async readObject(resources, id, signal) {
      const pages = await source.readObject(resources, id, signal);
      return pages === undefined ? undefined : addToPages(pages, signal);
    },
    async readObjects(resources, ids, signal) {
      const reading = await source.readObjects(resources, ids, signal);
      return { ...reading, pages: await addToPages(reading.pages, signal) };
    },
  };
}
