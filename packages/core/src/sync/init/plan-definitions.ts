import { ConfigError } from "../../errors.ts";
import type { Blueprint, BlueprintRelation } from "../../sink/port/blueprint.ts";
import type { PlannedBlueprint } from "./blueprint-plan.ts";
import { leadsElsewhere } from "./known-blueprints.ts";

const noValues = new Map<string, never>();

/**
 * Works out what Port lacks of whole definitions: blueprints that are missing, and of the others the
 * properties and relations that are. What is there stays as it is, types and titles included.
 *
 * @returns only those that need something
 * @throws {ConfigError} naming the relation that leads elsewhere than it has to
 */
export function planDefinitions(
  definitions: Iterable<Blueprint>,
  existing: ReadonlyMap<string, Blueprint>,
): PlannedBlueprint[] {
  return [...definitions].flatMap((wanted): PlannedBlueprint[] => {
    const { identifier, json, properties, relations } = wanted;
    const there = existing.get(identifier);
    if (there === undefined)
      return [{ identifier, create: json, properties, relations, values: noValues }];
    for (const [name, relation] of relations) checkRelation(there, name, relation);
    const isMissing = ([name]: readonly [string, unknown]): boolean =>
      !there.properties.has(name) && !there.computed.has(name);
    const missing = {
      properties: new Map([...properties].filter(isMissing)),
      relations: new Map([...relations].filter(([name]) => !there.relations.has(name))),
    };
    if (missing.properties.size + missing.relations.size === 0) return [];
    return [{ identifier, create: undefined, ...missing, values: noValues }];
  });
}

function checkRelation(
  { identifier, relations }: Blueprint,
  name: string,
  wanted: BlueprintRelation,
): void {
  const there = relations.get(name);
  if (there === undefined || !leadsElsewhere(there, wanted)) return;
  throw new ConfigError(
    `Cannot use blueprint '${identifier}' as its relation '${name}' must lead to ${describe(wanted)}: it leads to ${describe(there)}. Rename the relation in Port, or use another blueprint`,
  );
}

function describe({ target, many }: BlueprintRelation): string {
  return `${many ? "many" : "one"} of '${target}'`;
}
