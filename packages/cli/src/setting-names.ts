import type { SettingName } from "@pagerport/core";

/** What reaches Port's API, and as which integration. */
export const portSettingNames: readonly SettingName[] = [
  "portClientId",
  "portClientSecret",
  "portBaseUrl",
  "integrationIdentifier",
];

/** Where is kept what is remembered between runs. */
export const storeSettingNames: readonly SettingName[] = ["stateDir", "databaseUrl"];

/** What every command needs that brings PagerDuty to Port. */
export const runSettingNames: readonly SettingName[] = [
  "pagerDutyToken",
  ...portSettingNames,
  ...storeSettingNames,
  "agedIncidents",
  "deletionThreshold",
  "takeOver",
  "leaveTo",
  "clientTimeout",
  "initializePortResources",
  "sendRawDataExamples",
];
