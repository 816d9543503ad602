import { z } from "zod";
import { flag, jq } from "./fields.ts";
import { selectors } from "./selectors.ts";

/** A search that Port does when it stores the entity; each leaf is a jq expression. */
export interface SearchQuerySource {
  readonly combinator: string;
  readonly rules: readonly (
    | { readonly property: string; readonly operator: string; readonly value: string }
    | SearchQuerySource
  )[];
}

const searchRule = z.strictObject({ property: jq, operator: jq, value: jq });

/** `{combinator, rules}`; every text in it is a jq expression, so literals are quoted twice. */
export const searchQuery: z.ZodType<SearchQuerySource> = z
  .strictObject({
    combinator: jq,
    get rules() {
      return z.array(z.union([searchRule, searchQuery])).min(1);
    },
  })
  .meta({ id: "searchQuery", description: "Finds the entity in Port instead of naming it" });

const jqOrSearch = z.union([jq, searchQuery]);

/** One entity made of one object. */
export const entityMapping = z
  .strictObject({
    identifier: jqOrSearch,
    blueprint: jq,
    title: jq.nullish(),
    icon: jq.nullish(),
    team: jqOrSearch.nullish(),
    properties: z.record(z.string(), jq).nullish(),
    relations: z.record(z.string(), jqOrSearch).nullish(),
  })
  .meta({ id: "entityMapping" });

const port = z
  .strictObject({
    entity: z.strictObject({
      mappings: z.union([entityMapping, z.array(entityMapping).min(1)]).meta({
        description: "One entity for each object, or a list of them",
      }),
    }),
    itemsToParse: jq.nullish().meta({
      description: "A jq expression of a list; one entity is made for each element",
    }),
    itemsToParseName: z
      .string()
      .min(1)
      .default("item")
      .meta({ description: "The name under which expressions see the element" }),
    itemsToParseTopLevelTransform: flag.default(true).meta({
      description: "Leaves the list itself out of the object that expressions see",
    }),
  })
  .meta({ id: "port" });

const resource = z.discriminatedUnion("kind", [
  z.strictObject({ ...selectors.incidents, port }),
  z.strictObject({ ...selectors.services, port }),
  z.strictObject({ ...selectors.schedules, port }),
  z.strictObject({ ...selectors.oncalls, port }),
  z.strictObject({ ...selectors.escalation_policies, port }),
  z.strictObject({ ...selectors.custom, port }),
]);

/** Ocean's default. It writes it into every mapping, so that `PAGERPORT_DELETION_THRESHOLD` limits it. */
const defaultDeletionThreshold = 0.9;

/** The whole mapping. Checks the document and fills in defaults; jq is checked after it. */
export const mappingSchema = z
  .strictObject({
    $schema: z.string().optional(),
    enableMergeEntity: flag
      .default(true)
      .meta({ description: "Keeps properties that are not mapped" }),
    deleteDependentEntities: flag.default(true).meta({
      description: "Deletes with an entity those of this integration that cannot be without it",
    }),
    createMissingRelatedEntities: flag.default(true).meta({
      description:
        "Creates empty entities for relations that lead nowhere, and keeps what is gone and still named",
    }),
    entityDeletionThreshold: z
      .number({ error: () => "expected a number from 0 to 1" })
      .min(0)
      .max(1)
      .default(defaultDeletionThreshold)
      .meta({
        description:
          "The share of a blueprint's entities that may go in 7 days; PAGERPORT_DELETION_THRESHOLD, 0.2 unless set, is the highest; 0 deletes nothing",
      }),
    resources: z.array(resource),
  })
  .meta({ title: "Mapping of PagerDuty objects to Port entities" });

/** One checked resource, before its expressions are compiled. */
export type ResourceSource = z.output<typeof mappingSchema>["resources"][number];

/** One checked entity, before its expressions are compiled. */
export type EntityMappingSource = z.output<typeof entityMapping>;
