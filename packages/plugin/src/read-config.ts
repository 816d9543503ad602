import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import process from "node:process";
import {
  readSchedulerServiceTaskScheduleDefinitionFromConfig as readSchedule,
  type SchedulerServiceTaskScheduleDefinition,
} from "@backstage/backend-plugin-api";
import type { Config } from "@backstage/config";
import {
  ConfigError,
  describeError,
  type ExpectedHosts,
  gatherMistakes,
  type Mapping,
  parseMapping,
  type Retention,
  settings,
  type WebhookSecret,
} from "@pagerport/core";
import { type PluginAccess, readAccess } from "./read-access.ts";
import { checkKeys } from "./known-keys.ts";
import {
  type PagerDutyAccess,
  type PortAccess,
  readPagerDutyAccess,
  readPortAccess,
} from "./read-credentials.ts";
import {
  createTextError,
  findValue,
  readBlock,
  readSwitch,
  readValue,
  readValueOrDefault,
} from "./read-value.ts";

/** What the plugin is configured to do, checked. */
export interface PluginConfig {
  /** Undefined where the credentials are not all there. */
  readonly hosts: { readonly pagerDuty: PagerDutyAccess; readonly port: PortAccess } | undefined;
  /** The keys that would have to be set; empty where all are. */
  readonly missing: readonly string[];
  /** The key for webhook subscriptions alone; undefined = the one that reads. */
  readonly webhookToken: string | undefined;
  readonly integrationIdentifier: string;
  /** Whose hosts they must be; undefined = whoever served first. */
  readonly expected: ExpectedHosts;
  /** By the keys that they were given in. */
  readonly webhookSecrets: readonly WebhookSecret[];
  /** Undefined = what Port has stored with the integration, else our own default. */
  readonly mapping: Mapping | undefined;
  readonly schedule: SchedulerServiceTaskScheduleDefinition;
  /** Public address of the webhook; undefined where none is given. */
  readonly publicUrl: string | undefined;
  /** Whether the plugin makes and watches its own webhook subscription. */
  readonly managesWebhook: boolean;
  /** False = it only looks, and tells where the integration that writes differs. */
  readonly writes: boolean;
  readonly initializePortResources: boolean;
  /** Integrations in Port whose entities are written from here on. */
  readonly takeOver: readonly string[];
  /** Integrations in Port whose entities are meant to stay theirs. */
  readonly leaveTo: readonly string[];
  readonly agedIncidents: "keep" | "delete";
  /** The highest share of a blueprint that may go in seven days, whatever the mapping says. */
  readonly deletionThreshold: number;
  /** How long what was deleted can be put back, and what it may take. */
  readonly retention: Retention;
  /** Hours. */
  readonly fullResyncInterval: number;
  /** Hours between checks of the catalog; 0 = none. */
  readonly verifyInterval: number;
  /** Entities of a blueprint that a check compares field by field; 0 = all. */
  readonly verifySample: number;
  readonly access: PluginAccess;
}

const webhookTokenKey = "pagerport.pagerduty.webhookToken";

/** Where nothing else is said: deltas are small, and a whole reading is due once a day anyway. */
const usualSchedule: SchedulerServiceTaskScheduleDefinition = {
  frequency: { hours: 1 },
  timeout: { minutes: 10 },
  initialDelay: { seconds: 30 },
};

/**
 * Reads and checks `pagerport` in the app's configuration, and what it falls back to.
 *
 * @throws {ConfigError} with every mistake, each with its key
 */
export async function readPluginConfig(config: Config): Promise<PluginConfig> {
  const { pagerDuty, port, webhook, ownership, ...rest } = gatherMistakes({
    keys: () => checkKeys(config),
    pagerDuty: () => readPagerDutyAccess(config),
    port: () => readPortAccess(config),
    webhook: () => readWebhook(config),
    webhookToken: () => readValue(config, webhookTokenKey, "webhookToken"),
    webhookSecrets: () => readSecrets(config),
    schedule: () => readTaskSchedule(config),
    integrationIdentifier: () => readOwn(config, "integrationIdentifier"),
    expected: () => ({
      account: readValue(config, "pagerport.expectAccount", "expectAccount"),
      portOrg: readValue(config, "pagerport.expectPortOrg", "expectPortOrg"),
    }),
    writes: () => readSwitch(config, "pagerport.writes", true),
    initializePortResources: () => readOwn(config, "initializePortResources"),
    ownership: () => readOwnership(config),
    agedIncidents: () => readOwn(config, "agedIncidents"),
    deletionThreshold: () => readOwn(config, "deletionThreshold"),
    retention: () => readRetention(config),
    fullResyncInterval: () => readOwn(config, "fullResyncInterval"),
    verifyInterval: () => readOwn(config, "verifyInterval"),
    verifySample: () => readOwn(config, "verifySample"),
    access: () => readAccess(config),
  });
  const isComplete = pagerDuty.access !== undefined && port.access !== undefined;
  return {
    ...rest,
    ...webhook,
    ...ownership,
    hosts: isComplete ? { pagerDuty: pagerDuty.access, port: port.access } : undefined,
    missing: [pagerDuty.missing, port.missing].filter((key) => key !== undefined),
    mapping: await readMapping(config),
  };
}

function readOwn<
  Name extends
    | "integrationIdentifier"
    | "initializePortResources"
    | "agedIncidents"
    | "deletionThreshold"
    | "keepDays"
    | "keepRotatingDays"
    | "journalLimit"
    | "fullResyncInterval"
    | "verifyInterval"
    | "verifySample",
>(config: Config, name: Name) {
  return readValueOrDefault(config, `pagerport.${name}`, name);
}

function readRetention(config: Config): Retention {
  const { mebibytes, ...kept } = gatherMistakes({
    days: () => readOwn(config, "keepDays"),
    rotatingDays: () => readOwn(config, "keepRotatingDays"),
    mebibytes: () => readOwn(config, "journalLimit"),
  });
  return { ...kept, limit: mebibytes * 1024 * 1024 };
}

function readWebhook(config: Config): Pick<PluginConfig, "publicUrl" | "managesWebhook"> {
  const publicUrl = readValue(config, "pagerport.webhook.publicUrl", "baseUrl");
  if (publicUrl !== undefined && !publicUrl.endsWith("/webhook")) {
    throw new ConfigError(
      `pagerport.webhook.publicUrl must end in /webhook, as in https://portal.example/api/pagerport/webhook: current value is '${publicUrl}'`,
      { setting: "pagerport.webhook.publicUrl" },
    );
  }
  const key = "pagerport.webhook.manage";
  const managesWebhook = readSwitch(config, key, false);
  if (managesWebhook && publicUrl === undefined) {
    throw new ConfigError(
      `pagerport.webhook.publicUrl must be set where ${key} is true: PagerDuty sends to it`,
      { setting: "pagerport.webhook.publicUrl" },
    );
  }
  return { publicUrl, managesWebhook };
}

/** A list, or one text with commas between them, as a variable gives it. */
function readSecrets(config: Config): WebhookSecret[] {
  const key = "pagerport.pagerduty.webhookSecrets";
  const given = findValue(config, key);
  if (given === undefined) return [];
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  return list.flatMap((text, place) => {
    const name = Array.isArray(given) ? `${key}[${place}]` : key;
    if (typeof text !== "string") throw createTextError(name, text);
    if (text === "") return [];
    try {
      return settings.webhookSecrets.parse(text).map((value) => ({ name, value }));
    } catch (error) {
      throw new ConfigError(`${name} ${describeError(error)}`, { setting: name });
    }
  });
}

function readOwnership(config: Config): Pick<PluginConfig, "takeOver" | "leaveTo"> {
  const takeOver = readNames(config, "takeOver");
  const leaveTo = readNames(config, "leaveTo");
  const both = takeOver.find((name) => leaveTo.includes(name));
  if (both === undefined) return { takeOver, leaveTo };
  const message = `pagerport.takeOver and pagerport.leaveTo both name '${both}'`;
  throw new ConfigError(message, { setting: "pagerport.takeOver" });
}

/** A list, or one text with commas between them. */
function readNames(config: Config, name: "takeOver" | "leaveTo"): readonly string[] {
  const key = `pagerport.${name}`;
  const given = findValue(config, key);
  if (given === undefined) return [];
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  return list.flatMap((text, place) => {
    const at = Array.isArray(given) ? `${key}[${place}]` : key;
    if (typeof text !== "string") throw createTextError(at, text);
    try {
      return settings[name].parse(text);
    } catch (error) {
      throw new ConfigError(`${at} ${describeError(error)}`, { setting: at });
    }
  });
}

function readTaskSchedule(config: Config): SchedulerServiceTaskScheduleDefinition {
  const key = "pagerport.schedule";
  const schedule = readBlock(config, key);
  if (schedule === undefined) return usualSchedule;
  try {
    return readSchedule(schedule);
  } catch (error) {
    const message = describeError(error);
    const place = message.includes(key) ? "" : `${key}: `;
    throw new ConfigError(`${place}${message}`, { setting: key, cause: error });
  }
}

async function readMapping(config: Config): Promise<Mapping | undefined> {
  const given = findValue(config, "pagerport.mapping");
  const file = readValue(config, "pagerport.mappingFile", "mappingFile");
  if (given !== undefined && file !== undefined) {
    throw new ConfigError("pagerport.mapping and pagerport.mappingFile cannot both be set", {
      setting: "pagerport.mapping",
    });
  }
  if (given !== undefined) return parseMapping(given, { file: "pagerport.mapping" });
  if (file === undefined) return undefined;
  const path = resolve(process.cwd(), file);
  return parseMapping(readText(path), { file: path });
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new ConfigError(`pagerport.mappingFile cannot be read: ${describeError(error)}`, {
      setting: "pagerport.mappingFile",
      cause: error,
    });
  }
}
