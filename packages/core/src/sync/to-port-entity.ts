import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import type { PortEntity } from "../sink/port/port-entity.ts";

export interface ToPortEntityOptions {
  /** Names of properties that Port computes. */
  readonly computed: ReadonlySet<string>;
  /** What of a relation is to be written another time. */
  readonly isLeftOut: (relation: string, identifier: string) => boolean;
}

/**
 * Makes of an entity as Port gives it one as Port takes it: without what is not set, what Port computes
 * (calculations, mirrors, sums) and what it says about the entity (`createdAt`, `updatedBy`, `$…`).
 */
export function toPortEntity(
  { blueprint, identifier }: { readonly blueprint: string; readonly identifier: string },
  content: JsonObject,
  { computed, isLeftOut }: ToPortEntityOptions,
): PortEntity {
  const { title, icon, team } = content;
  const properties = entriesOf(content["properties"]).filter(
    ([name, value]) => !name.startsWith("$") && value !== null && !computed.has(name),
  );
  const relations = entriesOf(content["relations"]).flatMap(([name, value]): [string, Json][] => {
    const isKept = (item: Json): boolean => typeof item === "string" && !isLeftOut(name, item);
    if (Array.isArray(value)) {
      const kept = value.filter(isKept);
      return kept.length === 0 ? [] : [[name, kept]];
    }
    return isKept(value) ? [[name, value]] : [];
  });
  return {
    identifier,
    blueprint,
    ...(typeof title === "string" ? { title } : {}),
    ...(typeof icon === "string" ? { icon } : {}),
    ...readTeam(team),
    properties: Object.fromEntries(properties),
    relations: Object.fromEntries(relations),
  };
}

function readTeam(team: Json | undefined): { team?: string | string[] } {
  if (typeof team === "string") return { team };
  const names = Array.isArray(team) ? team.filter((name) => typeof name === "string") : [];
  return names.length === 0 ? {} : { team: names };
}

function entriesOf(value: Json | undefined): [string, Json][] {
  return isJsonObject(value) ? Object.entries(value) : [];
}
