import { literalOf } from "../../map/expression.ts";
import type { Mapping } from "../../map/mapping.ts";

/** What a mapping writes to one blueprint. */
export interface MappedBlueprint {
  /** The resources that feed it, as `incidents[1]`. */
  readonly resources: Set<string>;
  readonly properties: Set<string>;
  readonly relations: Set<string>;
}

/** What a mapping writes, by blueprint. */
export type MappedNames = ReadonlyMap<string, MappedBlueprint>;

/** What a mapping writes, as far as it can be told without objects. */
export interface MappedCatalog {
  readonly names: MappedNames;
  /** Resources whose blueprint is computed from the object: which one it is cannot be told. */
  readonly computed: readonly string[];
}

/** Finds the blueprints that a mapping names, and what it writes to each. */
export function findMappedNames(mapping: Mapping): MappedCatalog {
  const names = new Map<string, MappedBlueprint>();
  const computed = new Set<string>();
  for (const { kind, index, entities } of mapping.resources) {
    const resource = `${kind}[${index}]`;
    for (const template of entities) {
      const literal = literalOf(template.blueprint);
      if (literal === undefined) {
        computed.add(resource);
        continue;
      }
      const { value } = literal;
      // Without a blueprint no entity is made.
      if (typeof value !== "string" || value === "") continue;
      const found = names.get(value) ?? {
        resources: new Set(),
        properties: new Set(),
        relations: new Set(),
      };
      names.set(value, found);
      found.resources.add(resource);
      for (const [name] of template.properties) found.properties.add(name);
      for (const [name] of template.relations) found.relations.add(name);
    }
  }
  return { names, computed: [...computed] };
}
