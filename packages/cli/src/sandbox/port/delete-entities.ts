import { type Catalog, listOf } from "./catalog.ts";
import { keyOf, type StoredEntity } from "./entity-store.ts";
import { PortProblem } from "./port-errors.ts";

/**
 * Deletes entities, all or none.
 *
 * Those that relate to them by a required relation go too where `withDependents`, and else forbid it
 * (422); from other relations the deleted ones are taken out.
 *
 * @returns everything that was deleted, dependents included
 */
export function deleteEntities(
  catalog: Catalog,
  entities: readonly StoredEntity[],
  withDependents: boolean,
): StoredEntity[] {
  const doomed = new Map(entities.map((entity) => [keyOf(entity), entity]));
  for (const entity of doomed.values()) {
    for (const dependent of catalog.entities.dependentsOf(entity)) {
      const needs = requires(catalog, dependent, entity);
      if (needs && !withDependents && !doomed.has(keyOf(dependent))) {
        throw new PortProblem(
          422,
          "has_dependents",
          `Entity "${entity.identifier}" of "${entity.blueprint}" is required by "${dependent.identifier}" of "${dependent.blueprint}"`,
        );
      }
      const goesToo = withDependents && (needs || catalog.behaviour.dependents === "all");
      // A Map visits what is added while it is gone through: dependents of dependents follow.
      if (goesToo) doomed.set(keyOf(dependent), dependent);
    }
  }
  for (const entity of doomed.values()) {
    for (const dependent of catalog.entities.dependentsOf(entity)) {
      if (!doomed.has(keyOf(dependent))) catalog.entities.put(without(catalog, dependent, entity));
    }
  }
  for (const entity of doomed.values()) catalog.entities.remove(entity);
  return [...doomed.values()];
}

function requires(catalog: Catalog, dependent: StoredEntity, target: StoredEntity): boolean {
  const rules = catalog.findBlueprint(dependent.blueprint)?.relations ?? {};
  return Object.entries(dependent.relations).some(
    ([name, value]) =>
      rules[name]?.required === true &&
      rules[name].target === target.blueprint &&
      listOf(value).includes(target.identifier),
  );
}

function without(catalog: Catalog, dependent: StoredEntity, target: StoredEntity): StoredEntity {
  const rules = catalog.findBlueprint(dependent.blueprint)?.relations ?? {};
  const relations: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(dependent.relations)) {
    if (rules[name]?.target !== target.blueprint) relations[name] = value;
    else if (typeof value !== "string") {
      relations[name] = value.filter((identifier) => identifier !== target.identifier);
    } else if (value !== target.identifier) relations[name] = value;
  }
  return { ...dependent, relations };
}
