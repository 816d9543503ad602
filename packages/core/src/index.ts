/**
 * @module
 * The library behind pagerport: PagerDuty in, Port out.
 *
 * ```
 *  trigger         source              enrich        map             sink
 *  import   ─┐                                                   ┌─ port      (Port API)
 *  schedule ─┼─► source/ (pages) ────► enrich/ ──► map/ (jq) ──► ├─ ingest    (Port webhook URL)
 *  webhook  ─┘   webhook/ → store/                               ├─ ndjson    (file, stdout)
 *                        sync/ joins the stages, and reports     └─ memory    (dry run, tests)
 * ```
 */
export { type Clock, systemClock } from "./clock.ts";
export {
  type ConfigFile,
  configFileName,
  findConfigFile,
  readConfigFile,
} from "./config/config-file.ts";
export { loadSetting, requireSetting, type SettingSources } from "./config/load-settings.ts";
export { parseTime } from "./config/parse-value.ts";
export { type Setting, type SettingName, settings, type SettingValue } from "./config/settings.ts";
export {
  ConfigError,
  describeError,
  FileError,
  describeMistake,
  HttpError,
  MappingError,
  type Mistake,
  NetworkError,
  PagerportError,
  type RequestErrorOptions,
} from "./errors.ts";
export type { EventListener, RunEvent } from "./events.ts";
export { type DefaultFileName, defaultFileNames, readDefaultFile } from "./map/defaults.ts";
export type { Entity, MappedObject, Problem, Withheld, WithheldBy } from "./map/entity.ts";
export type { ExplainedField } from "./map/explain.ts";
export {
  type Expression,
  literalOf,
  mentionsKey,
  type SearchExpression,
} from "./map/expression.ts";
export { runJqChild } from "./map/jq/child.ts";
export {
  createJqEngine,
  type JqAnswer,
  type JqEngine,
  type JqEngineOptions,
} from "./map/jq/engine.ts";
export type { TimeLimits } from "./map/jq/evaluate.ts";
export { startJqChild, type StartJqChild } from "./map/jq/start-child.ts";
export type { Json, JsonObject } from "./json.ts";
export { type ApplyOptions, createMapper, type Mapper, type MapperOptions } from "./map/mapper.ts";
export type { EntityTemplate, ItemsToParse, Mapping, Resource, Selection } from "./map/mapping.ts";
export { type Kind, kinds, typedKinds } from "./map/parse/kinds.ts";
export { type ParseOptions, parseMapping } from "./map/parse/parse-mapping.ts";
export {
  parseWebhookConfig,
  type WebhookConfig,
  type WebhookMapping,
} from "./map/parse/parse-webhook-config.ts";
export {
  createWebhookMapper,
  type WebhookMapper,
  type WebhookOperation,
  type WebhookRequest,
  type WebhookResult,
} from "./map/webhook-mapper.ts";
export { findNearestName } from "./nearest-name.ts";
export { connectIngest, type ConnectIngestOptions } from "./sink/connect-ingest.ts";
export { createMemorySink, type MemorySink } from "./sink/memory.ts";
export { connectPort, type ConnectPortOptions } from "./sink/port/connect-port.ts";
export { deleteEntities, type DeleteOutcome } from "./sink/port/delete-entities.ts";
export { type Comparison, EntityIndex, type IndexedEntity } from "./sink/port/entity-index.ts";
export {
  listOwnedEntities,
  readEntity,
  searchOwnedEntities,
  type StoredEntity,
} from "./sink/port/list-owned-entities.ts";
export { nameEntity, type PortEntity } from "./sink/port/port-entity.ts";
export type { PortAnswer, PortClient, PortRequest } from "./sink/port/port-client.ts";
export {
  createEntityWriter,
  type EntityWriter,
  type EntityWriterOptions,
  type WriteOutcome,
} from "./sink/port/write-entities.ts";
export type { Delivery, Outcome, PayloadSink } from "./sink/sink.ts";
export { connectPagerDuty, type ConnectPagerDutyOptions } from "./source/connect-pagerduty.ts";
export type { PagerDutyAnswer, PagerDutyClient, Query } from "./source/pagerduty-client.ts";
export type { ImportFingerprint, KindCount } from "./store/import-state.ts";
export { type KnexLike, openKnexStore, type OpenKnexStoreOptions } from "./store/knex.ts";
export { openStore, type OpenStoreOptions, type Store } from "./store/open-store.ts";
export type { Dialect, Row, Sql, SqlValue } from "./store/sql.ts";
export {
  estimateImport,
  type EstimateImportOptions,
  type ImportEstimate,
} from "./sync/estimate-import.ts";
export {
  importHistory,
  type ImportHistoryOptions,
  type ImportKind,
} from "./sync/import-history.ts";
export { importToPort, type ImportToPortOptions } from "./sync/import-to-port.ts";
export {
  estimateImportToPort,
  type EstimateImportToPortOptions,
} from "./sync/estimate-import-to-port.ts";
export { createMemoryCache, type EnrichmentCache } from "./enrich/enrichment-cache.ts";
export type { Source, SourceEnd, SourcePage } from "./source/source.ts";
export {
  type BlueprintDeleted,
  type DeletionJournal,
  deleteUnproduced,
  type DeleteUnproducedOptions,
} from "./sync/delete-unproduced.ts";
export { loadOwned, type OwnedEntities } from "./sync/load-owned.ts";
export { openSource, type OpenSourceOptions } from "./sync/open-source.ts";
export {
  type CatalogWriting,
  type ResourceCount,
  writeCatalog,
  type WriteCatalogOptions,
} from "./sync/write-catalog.ts";
export {
  type BlueprintDeletions,
  type FeedingResource,
  planDeletions,
  type PlanDeletionsInput,
  type UnproducedEntity,
  type WithheldEntity,
} from "./sync/plan-deletions.ts";
export { type ImportFiles, type LineOutput, nameImportFiles } from "./sync/import-journal.ts";
export type { ImportReport } from "./sync/import-report.ts";
