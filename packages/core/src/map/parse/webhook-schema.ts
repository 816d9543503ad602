import { z } from "zod";
import { entityMapping, searchQuery } from "./mapping-schema.ts";
import { jq } from "./fields.ts";

const operation = z
  .union([
    z.enum(["create", "delete"]),
    z.strictObject({ type: z.literal("create") }),
    z.strictObject({ type: z.literal("delete"), deleteDependents: z.boolean().optional() }),
  ])
  .default("create");

const text = z.string();

/** A webhook configuration as Port's API and UI take it. */
export const webhookSchema = z.strictObject({
  identifier: text.optional(),
  title: text.optional(),
  description: text.nullish(),
  icon: text.nullish(),
  enabled: z.boolean().optional(),
  integrationType: z.enum(["custom", "template"]).optional(),
  security: z
    .strictObject({
      secret: text.nullish(),
      signatureHeaderName: text.nullish(),
      signatureAlgorithm: z.enum(["sha1", "sha256", "plain"]).nullish(),
      signaturePrefix: text.nullish(),
      requestIdentifierPath: text.nullish(),
    })
    .optional(),
  mappings: z.array(
    z.strictObject({
      blueprint: text.min(1),
      operation,
      filter: jq.nullish(),
      itemsToParse: jq.nullish(),
      entity: entityMapping.omit({ blueprint: true }).extend({
        identifier: z.union([jq, searchQuery]),
      }),
    }),
  ),
});

/** A checked webhook configuration, before its expressions are compiled. */
export type WebhookSource = z.output<typeof webhookSchema>;
