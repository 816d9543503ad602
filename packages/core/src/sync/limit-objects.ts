import type { Source, SourcePage } from "../source/source.ts";

/** A stretch of time in milliseconds; inclusive and exclusive. */
interface CreationRange {
  readonly since: number | undefined;
  readonly until: number | undefined;
}

/**
 * A source whose single incidents are kept to those created in a stretch of time, as its listings are: a
 * change brings nothing else in.
 */
export function limitObjects(source: Source, range: CreationRange): Source {
  return {
    ...source,
    async readObjects(resources, ids, signal) {
      const { pages, ...rest } = await source.readObjects(resources, ids, signal);
      return { ...rest, pages: pages.map((page) => limitPage(page, range)) };
    },
  };
}

function limitPage(page: SourcePage, range: CreationRange): SourcePage {
  const { since = -Infinity, until = Infinity } = range;
  if (page.kind !== "incidents") return page;
  const entries = page.entries.filter(({ object }) => {
    const created = Date.parse(String(object["created_at"]));
    return created >= since && created < until;
  });
  return { ...page, entries };
}
