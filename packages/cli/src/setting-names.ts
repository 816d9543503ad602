import type { SettingName } from "@pagerport/core";

/** What reaches Port's API, and as which integration. */
export const portSettingNames: readonly SettingName[] = [
  "portClientId",
  "portClientSecret",
  "portBaseUrl",
  "integrationIdentifier",
];

/** What a command needs that talks to Port alone. */
export const portOnlySettingNames: readonly SettingName[] = [
  ...portSettingNames,
  "expectPortOrg",
  "stateDir",
  "databaseUrl",
];

/** Where is kept what is remembered between runs. */
export const storeSettingNames: readonly SettingName[] = ["stateDir", "databaseUrl"];

/** What names the store of a server, which a command without hosts opens. */
export const serverStoreSettingNames: readonly SettingName[] = [
  ...storeSettingNames,
  "portClientId",
  "portBaseUrl",
  "pagerDutyApiUrl",
  "integrationIdentifier",
];

/** What every command needs that brings PagerDuty to Port. */
export const runSettingNames: readonly SettingName[] = [
  "pagerDutyToken",
  ...portSettingNames,
  ...storeSettingNames,
  "expectAccount",
  "expectPortOrg",
  "agedIncidents",
  "deletionThreshold",
  "keepDays",
  "keepRotatingDays",
  "journalLimit",
  "takeOver",
  "leaveTo",
  "clientTimeout",
  "initializePortResources",
  "sendRawDataExamples",
];

/** What the settings of the journal of deletions are called, for errors. */
export const retentionNames = {
  limit: "PAGERPORT_JOURNAL_LIMIT",
  days: "PAGERPORT_KEEP_DAYS",
};
