import type { Entity } from "../map/entity.ts";
import type { Resource } from "../map/mapping.ts";
import type { MappedEntry } from "../sync/map-page.ts";

/** What a test says of an object that was mapped. */
export interface MappedEntryOptions extends Partial<
  Pick<MappedEntry, "place" | "teams" | "endsAt" | "createdAt">
> {
  readonly resource: Resource;
  /** Names of the entities that are made of it, by blueprint. @default none */
  readonly makes?: Readonly<Record<string, string>>;
  /** Whether the `query` lets it through. @default true */
  readonly isSelected?: boolean;
}

/** An object that one resource wants, as it was mapped. */
export function createMappedEntry(key: string, options: MappedEntryOptions): MappedEntry {
  const { resource, makes = {}, isSelected = true, ...fields } = options;
  const entities = Object.entries(makes).map(([blueprint, identifier]): Entity => {
    return { identifier, blueprint, properties: {}, relations: {} };
  });
  const mapped = {
    id: key,
    selected: isSelected,
    entities,
    skipped: 0,
    withheld: [],
    problems: [],
  };
  return {
    key,
    createdAt: undefined,
    endsAt: undefined,
    place: undefined,
    teams: undefined,
    service: undefined,
    ...fields,
    results: [{ resource, mapped }],
  };
}
