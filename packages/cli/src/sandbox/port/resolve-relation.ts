import type { Blueprint } from "./blueprint.ts";
import type { Catalog } from "./catalog.ts";
import { checkIdentifier } from "./identifier.ts";
import type { RelationInput } from "./parse-entity.ts";
import { invalid } from "./port-errors.ts";
import { searchEntities } from "./search-entities.ts";

/** The most entities that a relation's search leads to (Port's guide to mappings). */
const mostFound = 100;

/** What a relation is to be kept as; undefined where it is cleared. Throws 422 where it cannot be. */
export function resolveRelation(
  catalog: Catalog,
  blueprint: Blueprint,
  name: string,
  sent: RelationInput,
): string | readonly string[] | undefined {
  const path = `relations.${name}`;
  const rule = blueprint.relations[name];
  if (rule === undefined) {
    throw invalid(`${path}: blueprint "${blueprint.identifier}" has no such relation`);
  }
  if (sent === null) return undefined;
  if (catalog.findBlueprint(rule.target) === undefined) {
    throw invalid(`${path}: there is no blueprint "${rule.target}"`);
  }
  if (typeof sent === "string") {
    checkIdentifier(sent, path);
    if (!rule.many) return sent;
    if (catalog.behaviour.scalarForMany === "refuse") throw invalid(`${path} must be array`);
    return [sent];
  }
  if (isList(sent)) {
    if (!rule.many) throw invalid(`${path} must be string, as the relation is single`);
    for (const identifier of sent) checkIdentifier(identifier, path);
    return [...new Set(sent)];
  }
  const found = searchEntities(catalog, sent, catalog.entities.of(rule.target))
    .slice(0, mostFound)
    .map(({ identifier }) => identifier);
  return rule.many ? found : found[0];
}

function isList(value: RelationInput): value is readonly string[] {
  return Array.isArray(value);
}
