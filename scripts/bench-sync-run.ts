/**
 * What `bun run bench sync` measures as long as there is no `pagerport sync`: the same stages, joined
 * here. Settings come from the environment, as they do there.
 */
import {
  connectPagerDuty,
  connectPort,
  createEntityWriter,
  createMapper,
  createMemoryCache,
  loadOwned,
  openSource,
  parseMapping,
  readDefaultFile,
  systemClock,
  writeCatalog,
} from "@pagerport/core";

const integrationIdentifier = "my-pagerduty-integration";
const shared = { fetch: globalThis.fetch, clock: systemClock, random: Math.random };
const port = connectPort({
  ...shared,
  baseUrl: process.env["PORT_BASE_URL"] ?? "",
  clientId: process.env["PORT_CLIENT_ID"] ?? "",
  clientSecret: process.env["PORT_CLIENT_SECRET"] ?? "",
  integrationIdentifier,
  version: "0.0.0",
});
const client = connectPagerDuty({
  ...shared,
  apiUrl: process.env["PD_API_URL"] ?? "",
  token: process.env["PD_TOKEN"] ?? "",
  requestsPerMinute: 0,
  rateBudget: 0.5,
});
const mapping = await parseMapping(readDefaultFile("mapping.yaml"));
await using mapper = createMapper(mapping);
const startedAt = performance.now();
const owned = await loadOwned(port, mapping, { integrationIdentifier });
const loadedAt = performance.now();
const { created, updated, unchanged, refused } = await writeCatalog({
  source: openSource({ client, clock: systemClock, cache: createMemoryCache() }),
  mapper,
  writer: createEntityWriter({
    port,
    merge: mapping.enableMergeEntity,
    createMissingRelatedEntities: mapping.createMissingRelatedEntities,
  }),
  owned,
});
const report = {
  created,
  updated,
  unchanged,
  refused: refused.length,
  loadMs: Math.round(loadedAt - startedAt),
  writeMs: Math.round(performance.now() - loadedAt),
};
process.stdout.write(`${JSON.stringify(report)}\n`);
