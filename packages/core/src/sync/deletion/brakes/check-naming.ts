import type { Entity } from "../../../map/entity.ts";
import type { Mapper } from "../../../map/mapper.ts";
import type { Resource } from "../../../map/mapping.ts";
import type { SourceEnd, SourcePage } from "../../../source/source.ts";
import { type EntityRef, readProduced } from "../../../store/produced.ts";
import type { Sql } from "../../../store/sql.ts";
import { mapPage, type MappedEntry } from "../../map-page.ts";
import { mayMake } from "../../may-make.ts";

/** Pages of a resource that are looked at before anything of them is written. */
const pagesLookedAt = 2;
/** More objects than these, and than this share of them, that are named otherwise than before, are a mistake. */
const fewestRenamed = 3;
const mostRenamed = 0.2;

export interface NamingCheckOptions {
  readonly mapper: Mapper;
  readonly sql: Sql;
  /** Blueprints that the mapping reads or names otherwise than in the last run that settled them. */
  readonly changed: ReadonlySet<string>;
  /** Whether Port had an entity when the run began: where somebody else renamed them, that is done. */
  readonly isOwned: (ref: EntityRef) => boolean;
}

/** Looks, before anything is written under a changed mapping, at whether it names things otherwise. */
export interface NamingCheck {
  /** Gives on what is read of the resources of a kind, the first pages once they were looked at. */
  inspect(
    resources: readonly Resource[],
    items: AsyncIterable<SourcePage | SourceEnd>,
  ): AsyncIterable<SourcePage | SourceEnd>;
  /** Blueprints that are not to be written, each with the reason. */
  readonly blocked: ReadonlyMap<string, string>;
  /** What the mapping makes of those. */
  readonly leftOut: ReadonlyMap<string, ReadonlySet<string>>;
  /** Notes what is not written, of those. */
  noteLeftOut(entities: readonly Entity[]): void;
}

/** Makes the check of one run. */
export function createNamingCheck(options: NamingCheckOptions): NamingCheck {
  const blocked = new Map<string, string>();
  const leftOut = new Map<string, Set<string>>();
  return {
    blocked,
    leftOut,
    noteLeftOut(entities) {
      for (const { blueprint, identifier } of entities) {
        if (typeof identifier !== "string" || !blocked.has(blueprint)) continue;
        const names = leftOut.get(blueprint) ?? new Set();
        leftOut.set(blueprint, names.add(identifier));
      }
    },
    async *inspect(resources, items) {
      const changed = findChanged(resources, options.changed);
      if (changed.length === 0) {
        yield* items;
        return;
      }
      const first: SourcePage[] = [];
      let isJudged = false;
      for await (const item of items) {
        if (item.type === "page" && !isJudged) {
          first.push(item);
          if (first.length < pagesLookedAt) continue;
        }
        if (!isJudged) {
          isJudged = true;
          await judge(first, changed, blocked, options);
          yield* first;
          if (item.type === "page") continue;
        }
        yield item;
      }
      if (isJudged) return;
      await judge(first, changed, blocked, options);
      yield* first;
    },
  };
}

/** An entry without the entities of some blueprints. */
export function leaveOutBlueprints(
  entry: MappedEntry,
  leftOut: { has(blueprint: string): boolean },
): MappedEntry {
  const results = entry.results.map(({ resource, mapped }) => ({
    resource,
    mapped: {
      ...mapped,
      entities: mapped.entities.filter(({ blueprint }) => !leftOut.has(blueprint)),
    },
  }));
  return { ...entry, results };
}

/** On-calls are named by time, and incidents are too many to be all known. */
function findChanged(
  resources: readonly Resource[],
  changed: ReadonlySet<string>,
): readonly string[] {
  const checked = resources.filter(({ kind }) => kind !== "oncalls" && kind !== "incidents");
  return [...changed].filter((blueprint) =>
    checked.some(({ entities }) => entities.some((template) => mayMake(template, blueprint))),
  );
}

async function judge(
  pages: readonly SourcePage[],
  changed: readonly string[],
  blocked: Map<string, string>,
  { mapper, sql, isOwned }: NamingCheckOptions,
): Promise<void> {
  const entries: MappedEntry[] = [];
  for (const page of pages) entries.push(...(await mapPage(mapper, page)));
  const known = Map.groupBy(
    await readProduced(
      sql,
      entries.map(({ key }) => key),
    ),
    ({ object }) => object,
  );
  for (const blueprint of changed) {
    const names = entries.flatMap(({ key, results }) => {
      const before = (known.get(key) ?? []).filter(
        (row) => row.blueprint === blueprint && isOwned(row),
      );
      const made = results
        .flatMap(({ mapped }) => mapped.entities)
        .filter((entity) => entity.blueprint === blueprint)
        // What a search finds has no name before Port has found it.
        .flatMap(({ identifier }) => (typeof identifier === "string" ? [identifier] : []));
      if (before.length === 0 || made.length === 0) return [];
      const isSame = before.some(({ identifier }) => made.includes(identifier));
      return [{ key, isSame, before: before[0]?.identifier, now: made[0] }];
    });
    const renamed = names.filter(({ isSame }) => !isSame);
    if (renamed.length < fewestRenamed || renamed.length <= mostRenamed * names.length) continue;
    const [one] = renamed;
    blocked.set(
      blueprint,
      `the mapping names ${renamed.length} of the first ${names.length} objects otherwise than before (${one?.key}: '${one?.before}', now '${one?.now}'), so nothing of it was written`,
    );
  }
}
