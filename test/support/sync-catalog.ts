import type { Sandbox } from "@pagerport/cli/sandbox";
import {
  type Clock,
  connectPagerDuty,
  connectPort,
  createEntityWriter,
  createMapper,
  createMemoryCache,
  loadOwned,
  openSource,
  parseMapping,
  systemClock,
  writeCatalog,
} from "@pagerport/core";

/** What tests ask about a run. */
export interface CatalogSync {
  /** How each resource of the mapping ended, in its order. */
  readonly states: readonly string[];
  readonly created: number;
  readonly updated: number;
  /** Why Port refused entities. */
  readonly refused: readonly string[];
}

/** Brings a sandbox's Port to its PagerDuty once, over real HTTP, at the sandbox's time. */
export async function syncCatalog(sandbox: Sandbox, mappingText: string): Promise<CatalogSync> {
  const clock: Clock = { ...systemClock, now: () => sandbox.clock.now() };
  const integrationIdentifier = "mine";
  const shared = { fetch: globalThis.fetch, clock, random: () => 0.02 };
  const port = connectPort({
    ...shared,
    baseUrl: sandbox.portUrl,
    clientId: sandbox.portClientId,
    clientSecret: sandbox.portClientSecret,
    integrationIdentifier,
    version: "0.0.0",
  });
  const client = connectPagerDuty({
    ...shared,
    apiUrl: sandbox.pagerDutyUrl,
    token: sandbox.token,
    requestsPerMinute: 0,
    rateBudget: 1,
  });
  const mapping = await parseMapping(mappingText);
  await using mapper = createMapper(mapping);
  const { resources, created, updated, refused } = await writeCatalog({
    source: openSource({ client, clock, cache: createMemoryCache() }),
    mapper,
    writer: createEntityWriter({
      port,
      merge: mapping.enableMergeEntity,
      createMissingRelatedEntities: mapping.createMissingRelatedEntities,
    }),
    owned: await loadOwned(port, mapping, { integrationIdentifier }),
  });
  return {
    states: resources.map(({ outcome }) => outcome.completion.state),
    created,
    updated,
    refused: refused.map(({ entity, reason }) => `${JSON.stringify(entity.identifier)}: ${reason}`),
  };
}
