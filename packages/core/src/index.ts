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
export { type AuditLine, createStoreAudit } from "./api/audit-in-store.ts";
export { type ApiClientOptions, apiHost, createApiClient } from "./api/client.ts";
export {
  type Api,
  type ApiAudit,
  apiBasePath,
  type ApiOptions,
  createApi,
  type RefusedRequest,
} from "./api/create-api.ts";
export { type ApiOperationsOptions, createApiOperations } from "./api/create-operations.ts";
export { describeApi } from "./api/describe-api.ts";
export type { ApiCaller, ApiGate } from "./api/gate-keeper.ts";
export {
  createTokenGate,
  type RequestPeer,
  type TokenGateOptions,
} from "./api/gate/create-token-gate.ts";
export { isLoopback } from "./api/gate/is-loopback.ts";
export type { ApiOperations, ApprovalOnPlan, PauseInForce, WantedPause } from "./api/operations.ts";
export { ApiProblem, type ApiProblemOptions, type ProblemSort } from "./api/problem.ts";
export type { ApiAccess } from "./api/routes.ts";
export { type Clock, systemClock } from "./clock.ts";
export type { ApiSettings } from "./config/api-settings.ts";
export { type ApiRight, apiRights, type ApiToken } from "./config/parse-api-tokens.ts";
export {
  type ConfigFile,
  configFileName,
  findConfigFile,
  readConfigFile,
} from "./config/config-file.ts";
export {
  type DescribedSetting,
  describeSettings,
  formatDefault,
} from "./config/describe-settings.ts";
export {
  type EventListenerSettings,
  loadEventListener,
  type LoadedEventListener,
} from "./config/event-listener.ts";
export { findMapping, type GivenMapping } from "./config/find-mapping.ts";
export { gatherMistakes } from "./config/gather-mistakes.ts";
export {
  loadPagerDutySettings,
  loadWebhookKey,
  loadPortSettings,
  type PagerDutySettings,
  type WebhookKeySettings,
  type PortSettings,
  type ExpectedHostsSettings,
  loadExpectedHosts,
} from "./config/host-settings.ts";
export {
  describeIgnoredVariables,
  type IgnoredVariable,
  listIgnoredVariables,
} from "./config/ignored-variables.ts";
export {
  isFromFile,
  loadSetting,
  requireSetting,
  type SettingSources,
} from "./config/load-settings.ts";
export { type Environment, usesOcean } from "./config/ocean-variables.ts";
export type { ListenAddress } from "./config/parse-address.ts";
export { parseTime } from "./config/parse-value.ts";
export {
  loadResyncSettings,
  loadServerSettings,
  type ResyncSettings,
  type ServerSettings,
} from "./config/run-settings.ts";
export type { Setting } from "./config/setting.ts";
export { rateBudgets, type SettingName, settings, type SettingValue } from "./config/settings.ts";
export {
  findStateDir,
  loadStoreSettings,
  nameShadowStore,
  nameStore,
  type StoreIdentity,
  type StoreSettings,
} from "./config/store-settings.ts";
export {
  ConfigError,
  describeError,
  FileError,
  JournalFullError,
  ForeignHostError,
  describeMistake,
  HttpError,
  UnusableAnswerError,
  MappingError,
  type Mistake,
  NetworkError,
  PagerportError,
  PlanError,
  ReadOnlyError,
  type RequestErrorOptions,
} from "./errors.ts";
export type { EventListener, RunEvent } from "./events.ts";
export {
  createRateMemory,
  type OnRateLimit,
  type RateMemory,
  type SeenRateLimit,
} from "./http/rate-memory.ts";
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
export { ExactNumber } from "./exact-number.ts";
export { isJsonObject, type Json, type JsonObject } from "./json.ts";
export { parseJson, parseWellFormedJson } from "./parse-json.ts";
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
export {
  type AppOptions,
  createApp,
  createMetricsApp,
  type MetricsAppOptions,
} from "./server/create-app.ts";
export {
  createMetrics,
  type Metrics,
  type MetricsOptions,
} from "./server/metrics/create-metrics.ts";
export {
  createReadinessProbe,
  type Readiness,
  type ReadinessOptions,
  type ReadinessProbe,
} from "./server/readiness.ts";
export { type BodyBudget, type BodyShare, createBodyBudget } from "./server/body-budget.ts";
export {
  type ReceiptOutcome,
  receiveWebhook,
  type ReceiveWebhookDeps,
  type SignatureCheck,
  type WebhookReceipt,
} from "./server/receive-webhook.ts";
export {
  createWebhookSecrets,
  type WebhookSecrets,
  type WebhookSecretsOptions,
} from "./server/webhook-secrets.ts";
export type { Finding, Severity } from "./server/status/finding.ts";
export { describeAge, describeMoment } from "./server/status/describe-age.ts";
export { isAllWell, judgeStatus } from "./server/status/judge-status.ts";
export { describePortStatus, type PortResyncs } from "./server/status/port-status.ts";
export { readStatus, type ReadStatusOptions } from "./server/status/read-status.ts";
export type {
  StatusBudget,
  StatusCheck,
  StatusHosts,
  StatusInbox,
  StatusJournal,
  StatusKept,
  StatusLag,
  StatusMapping,
  StatusPause,
  StatusPausedHost,
  StatusPlan,
  StatusReport,
  StatusRun,
  StatusRuns,
  StatusServer,
  StatusStore,
  StatusWebhook,
} from "./server/status/status-report.ts";
export { type WebhookState, webhookStates } from "./server/webhook-state.ts";
export { listBlueprints } from "./sink/port/blueprint.ts";
export { connectIngest, type ConnectIngestOptions } from "./sink/connect-ingest.ts";
export { createMemorySink, type MemorySink } from "./sink/memory.ts";
export { connectPort, type ConnectPortOptions } from "./sink/port/connect-port.ts";
export type { AdmitCredentials, PortCredentials } from "./sink/port/port-client.ts";
export { deleteEntities, type DeleteOutcome } from "./sink/port/delete-entities.ts";
export { type Comparison, EntityIndex, type IndexedEntity } from "./sink/port/entity-index.ts";
export {
  createIntegration,
  type CreateIntegrationRequest,
  type Integration,
  markResourcesInitialized,
  readIntegration,
  readResyncRequest,
  type ResourcesOrigin,
  writeIntegrationConfig,
} from "./sink/port/integration.ts";
export type { Organization } from "./sink/port/organization.ts";
export type { IntegrationRequest } from "./sink/port/integration-request.ts";
export {
  createKindExamples,
  type KindExamples,
  reportKindExamples,
} from "./sink/port/kind-examples.ts";
export { listOwnedEntities, searchOwnedEntities } from "./sink/port/list-owned-entities.ts";
export { findEntities } from "./sink/port/find-entities.ts";
export { readEntity, type StoredEntity } from "./sink/port/stored-entity.ts";
export { nameEntity, type PortEntity } from "./sink/port/port-entity.ts";
export type {
  PortAnswer,
  PortClient,
  PortRequest,
  PortSettingNames,
} from "./sink/port/port-client.ts";
export {
  reportResyncEnd,
  reportResyncStart,
  type ResyncSchedule,
  type ResyncState,
  type ResyncStatus,
} from "./sink/port/resync-state.ts";
export {
  watchWrites,
  type WatchWritesOptions,
  type WriteWatch,
  type WrittenEntity,
} from "./sink/port/watch-writes.ts";
export {
  createEntityWriter,
  type EntityWriter,
  type EntityWriterOptions,
  type WriteOutcome,
} from "./sink/port/write-entities.ts";
export type { Delivery, Outcome, PayloadSink } from "./sink/sink.ts";
export { connectPagerDuty, type ConnectPagerDutyOptions } from "./source/connect-pagerduty.ts";
export type { AdmitToken } from "./source/pagerduty-client.ts";
export type {
  PagerDutyAnswer,
  PagerDutyClient,
  PagerDutySettingNames,
  PagerDutyWriter,
  Query,
} from "./source/pagerduty-client.ts";
export type { ImportFingerprint, KindCount } from "./store/import-state.ts";
export {
  type AuditedAction,
  type AuditRecord,
  doAudited,
  listAudit,
  recordAudit,
} from "./store/audit.ts";
export type { EventState, ReceivedEvent } from "./store/inbox.ts";
export {
  type Backlog,
  dropEvents,
  type InboxEvent,
  listEvents,
  type ListEventsOptions,
  readBacklog,
  readEvent,
  retryEvents,
} from "./store/inbox-events.ts";
export {
  createInboxWriter,
  InboxBusyError,
  type InboxWriter,
  type InboxWriterOptions,
} from "./store/inbox-writer.ts";
export { type KnexLike, openKnexStore, type OpenKnexStoreOptions } from "./store/knex.ts";
export { defaultRetention, type JournalSize, type Retention } from "./retention.ts";
export {
  type ExpiringLetters,
  noteListed,
  type TidiedLetters,
} from "./store/retention/dead-letters.ts";
export type { JournalNote } from "./store/retention/journal-note.ts";
export {
  createStoreJournal,
  type Deletion,
  type KeptJournal,
  listDeletions,
  listJournals,
  noRun,
  type StoreJournal,
} from "./store/journal.ts";
export {
  approvePlan,
  type DecisionOnPlan,
  type PlanDecision,
  rejectPlan,
} from "./store/plans/decide-plan.ts";
export {
  listPlans,
  type Plan,
  type PlanEntity,
  type PlanEntityState,
  type PlanSummary,
  readPlan,
} from "./store/plans/plans.ts";
export type { HeldEntity, HeldGroup } from "./store/plans/held-group.ts";
export type { ApprovedPlan } from "./sync/deletion/plans/read-decisions.ts";
export {
  approvePlanFile,
  parsePlanFile,
  type PlanFile,
  type PlanOrigin,
  writePlanFile,
} from "./sync/deletion/plans/plan-file.ts";
export { queueRun } from "./store/queued-run.ts";
export { openServerPlace, type ServerPlace } from "./store/server/server-place.ts";
export {
  type CatalogCheck,
  type CheckedBlueprint,
  keepCheck,
  type PastCheck,
  readCheck,
} from "./store/notes/check-note.ts";
export type { RateBudget, ServiceNote } from "./store/notes/service-note.ts";
export { forgetRestored } from "./store/restored.ts";
export type { LeaseHolder } from "./store/lease.ts";
export {
  type EndedPause,
  endPause,
  type Pause,
  type PauseScope,
  readPause,
  setPause,
  type SetPauseOptions,
} from "./store/pause.ts";
export {
  asWriter,
  type PendingWriter,
  untilQuiet,
  type UntilQuietOptions,
  type WriterOptions,
} from "./store/writers.ts";
export { createFilePins } from "./store/pins/file-pins.ts";
export {
  createPostgresPins,
  createStorePins,
  type DatabasePinsOptions,
} from "./store/pins/database-pins.ts";
export type { PinMemory, Pins } from "./store/pins/pins.ts";
export {
  secretLookEvery,
  watchSecret,
  type WatchedSecret,
  type WatchSecretOptions,
} from "./watch-secret.ts";
export { type GivenSecrets, readGiven } from "./webhook/given-secrets.ts";
export { createSessionPins } from "./store/pins/session-pins.ts";
export { hasStore, openStore, type OpenStoreOptions, type Store } from "./store/open-store.ts";
export { describeStoreFault } from "./store/describe-store-fault.ts";
export { probeStore } from "./server/probe-store.ts";
export { forgetStates, keepStates, listStates, type ListStatesOptions } from "./store/state.ts";
export { readLayout, type StoreLayout } from "./store/read-layout.ts";
export { type PastRun, readPastRuns } from "./store/run-history.ts";
export { type KeptEntities, readRunHolder, type Run } from "./store/runs.ts";
export type { Dialect, Row, Sql, SqlValue } from "./store/sql.ts";
export {
  estimateImport,
  type EstimateImportOptions,
  type ImportEstimate,
} from "./sync/estimate-import.ts";
export {
  type EstimatedRange,
  estimateSync,
  type EstimateSyncOptions,
  type SyncEstimate,
} from "./sync/estimate-sync.ts";
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
export type { PagerDutyObject } from "./source/objects.ts";
export type { Source, SourceEnd, SourcePage } from "./source/source.ts";
export type {
  BlueprintPlan,
  DifferingProperty,
  FieldByHand,
  PlannedBlueprint,
  RefusedRelation,
  RelationEnd,
  UnknownBlueprint,
} from "./sync/init/blueprint-plan.ts";
export { applyInit, type ApplyInitOptions } from "./sync/init/apply-init.ts";
export { initPort, type InitPortOptions } from "./sync/init/init-port.ts";
export { type AddedField, describeInitProblems, type InitReport } from "./sync/init/init-report.ts";
export { type InitPlan, isBlocked, planInit, type PlanInitOptions } from "./sync/init/plan-init.ts";
export {
  chooseMapping,
  type ChooseMappingOptions,
  type ChosenMapping,
} from "./sync/choose-mapping.ts";
export {
  checkHosts,
  type CheckedHosts,
  type CheckHostsOptions,
  describeHosts,
  environmentHostNames,
  type ExpectedHosts,
  type HostSettingNames,
} from "./sync/ownership/check-hosts.ts";
export { untilOwnAccount } from "./sync/ownership/until-own-account.ts";
export {
  createHostAdmission,
  type HostAdmission,
  type HostAdmissionOptions,
} from "./sync/ownership/admit-change.ts";
export {
  connectWebhookKey,
  type ConnectWebhookKeyOptions,
} from "./sync/ownership/connect-webhook-key.ts";
export type { CheckOwnHosts } from "./sync/ownership/hosts-guard.ts";
export type { Account } from "./sync/ownership/read-account.ts";
export { loadOwned, type OwnedEntities } from "./sync/load-owned.ts";
export {
  type InstalledPortWebhook,
  installPortWebhook,
  type InstallPortWebhookOptions,
  type PortWebhookAddress,
  type PortWebhookName,
  setPortWebhookSecret,
} from "./sync/install-port-webhook.ts";
export {
  createJournalFile,
  type JournalFile,
  type JournalFileOptions,
} from "./sync/journal-file.ts";
export { createFileShelf, type FileShelfOptions } from "./sync/retention/file-shelf.ts";
export {
  type JournalName,
  nameRotating,
  parseJournalName,
} from "./sync/retention/journal-names.ts";
export {
  createJournalRoom,
  type JournalMemory,
  type JournalRoom,
  type JournalRoomOptions,
  type JournalShelf,
  type RetentionNames,
} from "./sync/retention/journal-room.ts";
export { readRetentionProblems } from "./sync/retention/retention-problems.ts";
export { createSortedJournal, type SortedJournal } from "./sync/retention/sorted-journal.ts";
export { createJournalMemory, createStoreShelf } from "./sync/retention/store-shelf.ts";
export { describeLetters, type LettersEvent } from "./sync/retention/tidy-store.ts";
export type { EnrichObjects } from "./sync/add-to-objects.ts";
export { listObjects, type ListObjectsOptions } from "./sync/list-objects.ts";
export { openSource, type OpenSourceOptions } from "./sync/open-source.ts";
export { CatalogWriter, type SyncAction } from "./sync/catalog-writer.ts";
export {
  deleteJournalled,
  type DeletionJournal,
  journalEntities,
} from "./sync/deletion/carry/delete-journalled.ts";
export { type ClaimLost, describeClaimLost } from "./sync/lost-claims.ts";
export { describePause } from "./sync/pause/describe-pause.ts";
export { guardPort } from "./sync/pause/guard-port.ts";
export {
  createPauseGate,
  type PausedWork,
  type PauseGate,
  type PauseWatch,
} from "./sync/pause/pause-gate.ts";
export { PausedError } from "./sync/pause/paused-error.ts";
export type { PauseEvent } from "./sync/pause/watch-pauses.ts";
export { resync, type ResyncOptions } from "./sync/resync.ts";
export {
  type BlueprintReport,
  judgeSync,
  type RefusedReport,
  type ResourceReport,
  type SyncReport,
  type SyncVerdict,
} from "./sync/sync-report.ts";
export {
  createSyncService,
  type ServiceEvent,
  type ServiceStatus,
  type SyncService,
  type SyncServiceOptions,
} from "./sync/sync-service.ts";
export {
  createShadowService,
  type ShadowService,
  type ShadowServiceOptions,
} from "./sync/shadow/create-shadow-service.ts";
export {
  describeShadowReport,
  listShadowLines,
  summariseShadowReport,
} from "./sync/shadow/describe-shadow-report.ts";
export type { Reason as ShadowReason } from "./sync/shadow/reasons.ts";
export type { ShadowReport, ShadowRow } from "./sync/shadow/shadow-report.ts";
export { keepShadowSubscription } from "./sync/shadow/shadow-subscription.ts";
export { createReadOnlyPort } from "./sink/port/create-read-only-port.ts";
export {
  createReadOnlyPagerDuty,
  limitToSubscriptions,
} from "./source/create-read-only-pagerduty.ts";
export type { JobOutcome } from "./sync/end-job.ts";
export type { ProcessedEvent, PublishEvent } from "./sync/publish-processed.ts";
export { chooseRunType } from "./sync/schedule-runs.ts";
export type { PausedHost } from "./sync/host-gate.ts";
export {
  restoreEntities,
  type JournalPlace,
  type RestoreEntitiesOptions,
  type RestoredName,
  type RestoreReport,
} from "./sync/restore-entities.ts";
export type { StoredJournal } from "./sync/read-store-journal.ts";
export { countDifferences, summariseCheck } from "./sync/check/summarise-check.ts";
export { verifyCatalog, type VerifyCatalogOptions } from "./sync/verify-catalog.ts";
export {
  type ChangedEntity,
  type ChangedField,
  judgeVerify,
  type VerifiedBlueprint,
  type VerifiedName,
  type VerifyReport,
  type VerifyVerdict,
} from "./sync/verify-report.ts";
export { type ImportFiles, type LineOutput, nameImportFiles } from "./sync/import-journal.ts";
export type { ImportReport } from "./sync/import-report.ts";
export {
  ensureSubscription,
  type EnsureSubscriptionOptions,
} from "./sync/webhook/ensure-subscription.ts";
export {
  hasKeptSecret,
  provideKeptSubscription,
  removeSubscription,
  type SubscriptionStore,
} from "./sync/webhook/manage-subscriptions.ts";
export {
  describeSubscription,
  type SubscriptionReport,
  type SubscriptionState,
} from "./sync/webhook/subscription-report.ts";
export {
  type ArrivedPing,
  testSubscription,
  type TestSubscriptionOptions,
} from "./sync/webhook/test-subscription.ts";
export {
  watchSubscription,
  type WatchSubscriptionOptions,
} from "./sync/webhook/watch-subscription.ts";
export { listEventTypes, listMappedEventTypes } from "./webhook/event-types.ts";
export { signWebhook } from "./webhook/sign-webhook.ts";
export type { Subscription, SubscriptionScope } from "./webhook/parse-subscription.ts";
export {
  type ProvidedSubscription,
  provideSubscription,
  type ProvideSubscriptionOptions,
} from "./webhook/provide-subscription.ts";
export type { SubscriptionRepair } from "./webhook/repair-subscription.ts";
export {
  createSubscription,
  deleteSubscription,
  enableSubscription,
  listSubscriptions,
  type NewSubscription,
  pingSubscription,
  type SubscriptionChange,
  type SubscriptionsApi,
  updateSubscription,
} from "./webhook/subscriptions.ts";
export { verifySignature, type WebhookSecret } from "./webhook/verify-signature.ts";
export { isSameAddress, listWebhookUrls, webhookPaths } from "./webhook/webhook-paths.ts";
export { findZone, type Zone } from "./zones/find-zone.ts";
export { readZoneEdition } from "./zones/load-zone-data.ts";
export { formatMoment } from "./zones/format-moment.ts";
