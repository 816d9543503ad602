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

/** What every command needs that brings PagerDuty to Port. */
export const runSettingNames: readonly SettingName[] = [
  "pagerDutyToken",
  ...portSettingNames,
  ...storeSettingNames,
  "expectAccount",
  "expectPortOrg",
  "agedIncidents",
  "deletionThreshold",
  "takeOver",
  "leaveTo",
  "clientTimeout",
  "initializePortResources",
  "sendRawDataExamples",
];
