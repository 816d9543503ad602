import { createWebhookMapper, type Entity, type Json, parseWebhookConfig } from "@pagerport/core";

/** The catalog behind the sandbox's webhook URL: what the webhook's mappings made of what was posted. */
export interface IngestCatalog {
  /** Entities by `blueprint/identifier`, each as it was written last. */
  readonly entities: ReadonlyMap<string, Entity>;
  /** What a mapping could not do, for a person. */
  readonly problems: readonly string[];
}

/** A catalog that takes payloads. */
export interface IngestCatalogWriter extends IngestCatalog {
  take(request: Request, body: Json): Promise<void>;
  close(): Promise<void>;
}

/**
 * Makes a catalog from a webhook configuration in Port's own format.
 *
 * @throws {MappingError} when the configuration is wrong
 */
export async function createIngestCatalog(webhookConfig: string): Promise<IngestCatalogWriter> {
  const mapper = createWebhookMapper(await parseWebhookConfig(webhookConfig));
  const entities = new Map<string, Entity>();
  const problems: string[] = [];
  return {
    entities,
    problems,
    async take(request, body) {
      const result = await mapper.apply({
        body,
        headers: Object.fromEntries(request.headers),
        queryParams: Object.fromEntries(new URL(request.url).searchParams),
      });
      problems.push(...result.problems.map(({ field, message }) => `${field}: ${message}`));
      for (const operation of result.operations) {
        if (operation.operation === "delete") {
          entities.delete(`${operation.blueprint}/${nameOf(operation.identifier)}`);
          continue;
        }
        const { entity } = operation;
        entities.set(`${entity.blueprint}/${nameOf(entity.identifier)}`, entity);
      }
    },
    close: () => mapper.close(),
  };
}

function nameOf(identifier: Entity["identifier"]): string {
  return typeof identifier === "string" ? identifier : JSON.stringify(identifier);
}
