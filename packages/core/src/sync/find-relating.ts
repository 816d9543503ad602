import type { Blueprint } from "../sink/port/blueprint.ts";
import { nameEntity } from "../sink/port/port-entity.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import { searchRelating } from "../sink/port/search-relating.ts";
import type { EntityRef } from "../store/produced.ts";

export interface FindRelatingOptions {
  readonly port: PortClient;
  /** All of the organisation. */
  readonly blueprints: ReadonlyMap<string, Blueprint>;
  /** Entities that are to be deleted. */
  readonly removals: readonly EntityRef[];
  /** Tells which of some other entities of ours stay. */
  readonly findStaying: (entities: readonly EntityRef[]) => Promise<readonly EntityRef[]>;
  readonly signal?: AbortSignal | undefined;
}

/** What relates to entities that are to be deleted. */
export interface RelatingFound {
  /** Names of those that something of ours that stays relates to, by itself or through another. */
  readonly needed: ReadonlySet<string>;
  /** Entities of others that cannot be without one that goes. */
  readonly dependents: readonly EntityRef[];
}

interface Relation {
  readonly from: EntityRef;
  readonly to: EntityRef;
  readonly isRequired: boolean;
}

/** Asks Port what relates to entities that are to be deleted, as things are now. */
export async function findRelating(options: FindRelatingOptions): Promise<RelatingFound> {
  const { removals, findStaying, signal, ...rest } = options;
  const needed = new Set<string>();
  const dependents = new Map<string, EntityRef>();
  let asked = removals;
  while (asked.length > 0) {
    const goes = new Set([...asked.map(nameRef), ...removals.map(nameRef)]);
    const relations: Relation[] = [];
    for (const [blueprint, ofBlueprint] of Map.groupBy(asked, (ref) => ref.blueprint)) {
      const identifiers = ofBlueprint.map(({ identifier }) => identifier);
      const search = searchRelating({ ...rest, blueprint, identifiers, signal });
      for await (const page of search) {
        const others = page.map(({ entity }) => entity).filter((one) => !goes.has(nameRef(one)));
        const staying = new Set((await findStaying(others)).map(nameRef));
        for (const { entity, targets, required } of page) {
          for (const identifier of targets) {
            const to = { blueprint, identifier };
            if (staying.has(nameRef(entity))) needed.add(nameRef(to));
            else relations.push({ from: entity, to, isRequired: required.includes(identifier) });
          }
        }
      }
    }
    spreadNeed(needed, relations);
    const next = relations
      .filter(
        ({ from, to, isRequired }) =>
          isRequired && !goes.has(nameRef(from)) && !needed.has(nameRef(to)),
      )
      .map(({ from: { blueprint, identifier } }) => ({ blueprint, identifier }))
      .filter((ref) => !dependents.has(nameRef(ref)));
    for (const ref of next) dependents.set(nameRef(ref), ref);
    asked = next;
  }
  return { needed, dependents: [...dependents.values()] };
}

/** What one that stays relates to stays too. */
function spreadNeed(needed: Set<string>, relations: readonly Relation[]): void {
  for (let before = -1; before !== needed.size;) {
    before = needed.size;
    for (const { from, to } of relations) if (needed.has(nameRef(from))) needed.add(nameRef(to));
  }
}

function nameRef({ blueprint, identifier }: EntityRef): string {
  return nameEntity(blueprint, identifier);
}
