import { isJsonObject, type Json } from "../../json.ts";
import type { Blueprint, BlueprintRelation } from "./blueprint.ts";
import type { PortClient } from "./port-client.ts";
import { searchEntities } from "./search-entities.ts";
import type { StoredEntity } from "./stored-entity.ts";

/** Targets that one search asks about. */
const targetsPerSearch = 20;

/** One entity that relates to another. */
export interface RelatingEntity {
  readonly entity: StoredEntity;
  readonly blueprint: string;
  /** The identifiers that it relates to, of those asked about. */
  readonly targets: readonly string[];
  /** Those that it cannot do without. */
  readonly required: readonly string[];
  /** Each relation to one of those, with all that it leads to. */
  readonly relations: readonly {
    readonly relation: string;
    readonly target: string;
    readonly value: string | string[];
  }[];
}

export interface SearchRelatingOptions {
  readonly port: PortClient;
  /** All of the organisation. */
  readonly blueprints: ReadonlyMap<string, Blueprint>;
  readonly blueprint: string;
  readonly identifiers: readonly string[];
  /** Whether enough is known of one of them: no further page is asked for because of it. @default never */
  readonly isSettled?: ((identifier: string) => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds the entities that relate to some of a blueprint, whoever wrote them, some at a time. Where enough
 * is known of some after a page, the others are searched for alone, from the beginning: an entity may come
 * twice.
 */
export async function* searchRelating(
  options: SearchRelatingOptions,
): AsyncGenerator<RelatingEntity[], void> {
  const { blueprints, blueprint, identifiers, isSettled = () => false } = options;
  for (const from of blueprints.values()) {
    const relations = [...from.relations].filter(([, { target }]) => target === blueprint);
    if (relations.length === 0) continue;
    let waiting = identifiers.filter((identifier) => !isSettled(identifier));
    while (waiting.length > 0) {
      const some = waiting.slice(0, targetsPerSearch);
      waiting = waiting.slice(targetsPerSearch);
      for await (const page of searchBlueprint(from, some, options)) {
        yield listRelating(page, relations, { blueprint, targets: new Set(some) });
        if (!some.some(isSettled)) continue;
        // Of one alone thousands may follow.
        waiting = [...some.filter((identifier) => !isSettled(identifier)), ...waiting];
        break;
      }
    }
  }
}

function listRelating(
  page: readonly StoredEntity[],
  relations: readonly (readonly [string, BlueprintRelation])[],
  { blueprint, targets }: { readonly blueprint: string; readonly targets: ReadonlySet<string> },
): RelatingEntity[] {
  return page.flatMap((entity) => {
    const found = relations.flatMap(([name, { json }]) =>
      readTargets(entity, name)
        .filter((identifier) => targets.has(identifier))
        .map((identifier) => ({
          relation: name,
          identifier,
          isRequired: json["required"] === true,
        })),
    );
    if (found.length === 0) return [];
    return [
      {
        entity,
        blueprint,
        targets: found.map(({ identifier }) => identifier),
        required: found.filter(({ isRequired }) => isRequired).map((one) => one.identifier),
        relations: found.map(({ relation, identifier: target }) => ({
          relation,
          target,
          value: readValue(entity, relation) ?? target,
        })),
      },
    ];
  });
}

function searchBlueprint(
  { identifier, relations }: Blueprint,
  targets: readonly Json[],
  { port, blueprint, signal }: SearchRelatingOptions,
): AsyncGenerator<StoredEntity[], void> {
  return searchEntities(port, {
    blueprint: identifier,
    query: {
      combinator: "or",
      rules: targets.map((value) => ({ operator: "relatedTo", blueprint, value })),
    },
    fields: [...relations.keys()].map((name) => `relations.${name}`),
    signal,
  });
}

/** A relation as Port gives it: one identifier, or a list. */
function readValue(entity: StoredEntity, relation: string): string | string[] | undefined {
  const relations = entity.content?.["relations"];
  const value = isJsonObject(relations) ? relations[relation] : undefined;
  if (typeof value === "string") return value;
  return Array.isArray(value) ? readTargets(entity, relation) : undefined;
}

/** Port's search also finds what relates in other ways, and over others. */
function readTargets(entity: StoredEntity, relation: string): string[] {
  const relations = entity.content?.["relations"];
  if (!isJsonObject(relations)) return [];
  return [relations[relation]].flat().filter((target) => typeof target === "string");
}
