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
  HttpError,
  NetworkError,
  PagerportError,
  type RequestErrorOptions,
} from "./errors.ts";
export type { EventListener, RunEvent } from "./events.ts";
export { findNearestName } from "./nearest-name.ts";
export { connectIngest, type ConnectIngestOptions } from "./sink/connect-ingest.ts";
export { createMemorySink, type MemorySink } from "./sink/memory.ts";
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
export { type ImportFiles, type LineOutput, nameImportFiles } from "./sync/import-journal.ts";
export type { ImportReport } from "./sync/import-report.ts";
