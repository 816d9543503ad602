import type { Clock } from "../../clock.ts";
import { isJsonObject, type Json } from "../../json.ts";
import { listComputed, readBlueprint } from "../../sink/port/blueprint.ts";
import { type FieldDifference, listDifferences } from "../../sink/port/compare-entity.ts";
import { findEntities } from "../../sink/port/find-entities.ts";
import { hashValue } from "../../sink/port/hash-value.ts";
import type { PortClient } from "../../sink/port/port-client.ts";
import { parseField, readField } from "../../sink/port/port-entity.ts";
import type { StoredEntity } from "../../sink/port/stored-entity.ts";
import type { WantedEntity } from "../catalog-findings.ts";
import { type Difference, type EntityLook, wholeEntity } from "./entity-look.ts";

/** Entities that are read whole together. */
const mostAtOnce = 100;

/** Characters of a value that is shown. */
const mostShown = 100;

export interface CompareOptions {
  readonly port: PortClient;
  readonly clock: Clock;
  /** `enableMergeEntity` of the mapping. */
  readonly merge: boolean;
  /** See {@link EntityLook}. */
  readonly isListed?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Asks Port for entities, and tells how they differ from what would be written. */
export async function compareWithPort(
  wanted: readonly WantedEntity[],
  { port, clock, merge, isListed, signal }: CompareOptions,
): Promise<EntityLook[]> {
  const looks: EntityLook[] = [];
  for (const [blueprint, ofBlueprint] of Map.groupBy(wanted, ({ entity }) => entity.blueprint)) {
    const definition = await readBlueprint(port, blueprint, signal);
    const computed = listComputed(definition);
    for (let start = 0; start < ofBlueprint.length; start += mostAtOnce) {
      const some = ofBlueprint.slice(start, start + mostAtOnce);
      const identifiers = some.map(({ entity }) => entity.identifier);
      const at = clock.now();
      const stored =
        definition === undefined
          ? new Map<string, StoredEntity>()
          : await findEntities(port, blueprint, identifiers, { signal });
      for (const { entity, ignored } of some) {
        const found = stored.get(entity.identifier);
        const differences =
          found === undefined
            ? [missing]
            : listDifferences(entity, found.content ?? {}, {
                merge,
                ignored: new Set([...ignored, ...computed]),
              }).map(describe);
        const { identifier } = entity;
        const updatedAt = found?.updatedAt;
        looks.push({ blueprint, identifier, at, updatedAt, isListed, differences });
      }
    }
  }
  return looks;
}

/** What a field of Port's entity would be called as something to be written. */
export function hashField(stored: StoredEntity, place: string): string {
  return hashText(readField(stored.content ?? {}, parseField(place)));
}

const missing: Difference = {
  place: wholeEntity.missing,
  port: "",
  pagerport: "",
  wanted: "entity",
};

function describe({ field, stored, wanted }: FieldDifference): Difference {
  const isEmptied = isNothing(stored) && !isNothing(wanted);
  const isAlike =
    field.startsWith("relations.") && hashText(asText(stored)) === hashText(asText(wanted));
  return {
    place: field,
    port: show(stored),
    pagerport: show(wanted),
    wanted: hashText(wanted),
    ...(isEmptied && { isEmptied }),
    ...(isAlike && { isAlike }),
  };
}

/** Null, a list of nothing, and a list of nulls: what jq makes of a key that is not there. */
function isNothing(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.every(isNothing);
  return isJsonObject(value) && Object.keys(value).length === 0;
}

function asText(value: Json | undefined): Json {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((item) => item !== null && item !== undefined).map(String);
}

function hashText(value: Json | undefined): string {
  const [high, low] = hashValue(value);
  return `${high.toString(36)}-${low.toString(36)}`;
}

function show(value: Json | undefined): string {
  const text = JSON.stringify(value ?? null);
  return text.length > mostShown ? `${text.slice(0, mostShown)}…` : text;
}
