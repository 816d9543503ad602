import type { SourcePage } from "../source/source.ts";
import type { ImportRun, ResourcePosition } from "../store/import-state.ts";

type Positions = Readonly<Record<string, ResourcePosition>>;

/** Leaves out of a page what an earlier process dealt with: incidents of the second at which it stood. */
export function skipDealtWith(page: SourcePage, positions: Positions): SourcePage {
  const isOpen = (index: number, object: SourcePage["entries"][number]["object"]): boolean => {
    const known = positions[index];
    if (known === undefined || known.until !== createdAt(object)) return true;
    return !known.ids.includes(String(object["id"]));
  };
  const entries = page.entries.flatMap(({ object, resources }) => {
    const open = resources.filter((index) => isOpen(index, object));
    return open.length === 0 ? [] : [{ object, resources: open }];
  });
  return { ...page, entries };
}

/** Notes that a page was dealt with. */
export function advancePositions(run: ImportRun, page: SourcePage): void {
  const { position, entries } = page;
  if (position === undefined) return;
  const { until, resources } = position;
  const positions = run.positions ?? {};
  for (const index of resources) {
    const ids = entries
      .filter((entry) => entry.resources.includes(index) && createdAt(entry.object) >= until)
      .map(({ object }) => String(object["id"]));
    positions[index] = { until, ids };
  }
  run.positions = positions;
}

function createdAt(object: SourcePage["entries"][number]["object"]): number {
  return Date.parse(String(object["created_at"]));
}
