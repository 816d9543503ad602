import type { JsonObject } from "../json.ts";
import type { Entity, MappedObject } from "../map/entity.ts";
import type { Mapper } from "../map/mapper.ts";
import type { Resource } from "../map/mapping.ts";
import { readIds } from "../source/kinds.ts";
import type { PageEntry, SourcePage } from "../source/source.ts";
import type { ObjectKey } from "../store/freshness.ts";
import type { IncidentService } from "../store/incident-services.ts";
import type { EntityRef, Production } from "../store/produced.ts";
import {
  nameObject,
  readCreatedAt,
  readEndsAt,
  readService,
  type ServiceOfIncident,
  writePlace,
} from "./object-key.ts";

/** What one object of a page gave, through each resource that wants it. */
export interface MappedEntry {
  readonly key: ObjectKey;
  readonly createdAt: number | undefined;
  /** When it ends by itself, milliseconds since 1970. */
  readonly endsAt: number | undefined;
  /** Of an on-call, see {@link writePlace}. */
  readonly place: string | undefined;
  /** Ids of the teams that it says it belongs to; undefined where it says nothing of teams. */
  readonly teams: readonly string[] | undefined;
  /** Of an incident. */
  readonly service: ServiceOfIncident | undefined;
  readonly results: readonly { readonly resource: Resource; readonly mapped: MappedObject }[];
}

/** Maps the objects of a page, each through the resources that want it. */
export async function mapPage(mapper: Mapper, page: SourcePage): Promise<MappedEntry[]> {
  const entries = page.entries.map((entry) => ({
    entry,
    key: nameObject(page.kind, entry.object),
    createdAt: readCreatedAt(entry.object),
    endsAt: readEndsAt(page.kind, entry.object),
    place: writePlace(page.kind, entry.object),
    teams: Array.isArray(entry.object["teams"]) ? readIds(entry.object["teams"]) : undefined,
    service: page.kind === "incidents" ? readService(entry.object) : undefined,
    results: [] as { resource: Resource; mapped: MappedObject }[],
  }));
  for (const resource of listResources(mapper, page.entries)) {
    const wanted = entries.filter(({ entry }) => entry.resources.includes(resource.index));
    const objects = wanted.map(({ entry }) => entry.object as JsonObject);
    const { unavailable } = page;
    const mapped = await mapper.apply(resource, objects, { unavailable });
    for (const [place, { results }] of wanted.entries()) {
      const one = mapped[place];
      if (one !== undefined) results.push({ resource, mapped: one });
    }
  }
  return entries.map(({ key, createdAt, endsAt, place, teams, service, results }) => ({
    key,
    createdAt,
    endsAt,
    place,
    teams,
    service,
    results,
  }));
}

/** Maps pages of which several may hold the same object: each object once, in the order in which they came. */
export async function mapPages(
  mapper: Mapper,
  pages: readonly SourcePage[],
): Promise<MappedEntry[]> {
  const merged = new Map<ObjectKey, MappedEntry>();
  for (const page of pages) {
    for (const entry of await mapPage(mapper, page)) {
      const results = [...(merged.get(entry.key)?.results ?? []), ...entry.results];
      merged.set(entry.key, { ...entry, results });
    }
  }
  return [...merged.values()];
}

/** The entities that an object gave, in the order of the mapping. */
export function listEntities(entry: MappedEntry): Entity[] {
  return entry.results.flatMap(({ mapped }) => mapped.entities);
}

/** What an object produces, for the store. */
export function listProductions(entry: MappedEntry): Production[] {
  const { key, createdAt, endsAt, place, results } = entry;
  return results.map(({ resource, mapped }) => ({
    object: key,
    resource: nameResource(resource),
    entities: mapped.entities.flatMap((entity) => nameOf(entity) ?? []),
    createdAt,
    endsAt,
    place,
  }));
}

/** The services that incidents are on, for the store. */
export function listServices(entries: readonly MappedEntry[]): IncidentService[] {
  return entries.flatMap(({ key: incident, service }) =>
    service === undefined ? [] : [{ incident, service: service.key }],
  );
}

/** `incidents[1]`, as messages name a resource of the mapping, and the store. */
export function nameResource({ kind, index }: Pick<Resource, "kind" | "index">): string {
  return `${kind}[${index}]`;
}

/** One that is found by a search has no name before Port has found it. */
function nameOf({ blueprint, identifier }: Entity): EntityRef | undefined {
  return typeof identifier === "string" ? { blueprint, identifier } : undefined;
}

function listResources(mapper: Mapper, entries: readonly PageEntry[]): Resource[] {
  const wanted = new Set(entries.flatMap(({ resources }) => resources));
  return mapper.mapping.resources.filter(({ index }) => wanted.has(index));
}
