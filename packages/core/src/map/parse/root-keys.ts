import type { Mistake } from "../../errors.ts";
import type { MappingDocument } from "./document.ts";

/** Port writes the flags in camelCase; Ocean also takes them in snake_case, at the root only. */
const aliases: Readonly<Record<string, string>> = {
  enable_merge_entity: "enableMergeEntity",
  delete_dependent_entities: "deleteDependentEntities",
  create_missing_related_entities: "createMissingRelatedEntities",
  entity_deletion_threshold: "entityDeletionThreshold",
};

/** The document with its flags in camelCase; one that is given both ways is a mistake. */
export function normaliseRootKeys(document: MappingDocument): {
  readonly value: unknown;
  readonly mistakes: readonly Mistake[];
} {
  const { value } = document;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { value, mistakes: [] };
  }
  const mistakes: Mistake[] = [];
  const entries = Object.entries(value).flatMap(([key, member]) => {
    const name = Object.hasOwn(aliases, key) ? aliases[key] : undefined;
    if (name === undefined) return [[key, member] as const];
    if (Object.hasOwn(value, name)) {
      mistakes.push(document.mistakeAtKey([key], `the same as ${name}, which is given too`));
      return [];
    }
    return [[name, member] as const];
  });
  return { value: Object.fromEntries(entries), mistakes };
}
