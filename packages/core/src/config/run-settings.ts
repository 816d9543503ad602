import { ConfigError } from "../errors.ts";
import { type ApiSettings, loadApiSettings } from "./api-settings.ts";
import { type EventListenerSettings, loadEventListener } from "./event-listener.ts";
import { gatherMistakes } from "./gather-mistakes.ts";
import { isFromFile, loadSetting, requireSetting, type SettingSources } from "./load-settings.ts";
import type { Retention } from "../retention.ts";
import type { ListenAddress } from "./parse-address.ts";
import type { SettingValue } from "./settings.ts";

/** What a resync keeps to, besides its mapping. */
export interface ResyncSettings {
  readonly agedIncidents: SettingValue<"agedIncidents">;
  /** The highest share of a blueprint that may go in seven days, whatever the mapping says. */
  readonly deletionThreshold: number;
  /** Integrations whose entities are written from here on; none where not set. */
  readonly takeOver: readonly string[];
  /** Integrations whose entities are meant to stay theirs; none where not set. */
  readonly leaveTo: readonly string[];
  /** How long what was deleted can be put back, and what it may take. */
  readonly retention: Retention;
  readonly initializePortResources: boolean;
  /** Undefined = as Port has it, else our own. */
  readonly createPortResourcesOrigin: SettingValue<"createPortResourcesOrigin"> | undefined;
  readonly sendRawDataExamples: boolean;
}

/**
 * Reads what a resync keeps to.
 *
 * @throws {ConfigError} with every mistake
 */
export function loadResyncSettings(sources: SettingSources): ResyncSettings {
  const { ownership, ...rest } = gatherMistakes({
    ownership: () => loadOwnership(sources),
    agedIncidents: () => requireSetting("agedIncidents", sources),
    deletionThreshold: () => requireSetting("deletionThreshold", sources),
    retention: () => loadRetention(sources),
    initializePortResources: () => requireSetting("initializePortResources", sources),
    createPortResourcesOrigin: () => loadSetting("createPortResourcesOrigin", sources),
    sendRawDataExamples: () => requireSetting("sendRawDataExamples", sources),
  });
  return { ...rest, ...ownership };
}

const mebibyte = 1024 * 1024;

function loadRetention(sources: SettingSources): Retention {
  const { limit, ...kept } = gatherMistakes({
    days: () => requireSetting("keepDays", sources),
    rotatingDays: () => requireSetting("keepRotatingDays", sources),
    limit: () => requireSetting("journalLimit", sources),
  });
  return { ...kept, limit: limit * mebibyte };
}

function loadOwnership(sources: SettingSources): Pick<ResyncSettings, "takeOver" | "leaveTo"> {
  const { takeOver = [], leaveTo = [] } = gatherMistakes({
    takeOver: () => loadSetting("takeOver", sources),
    leaveTo: () => loadSetting("leaveTo", sources),
  });
  const both = takeOver.find((name) => leaveTo.includes(name));
  if (both === undefined) return { takeOver, leaveTo };
  throw new ConfigError(
    `takeOver and leaveTo both name '${both}': its entities are either taken over or left to it`,
    { setting: "takeOver" },
  );
}

/** What a server keeps to. */
export interface ServerSettings {
  readonly listen: ListenAddress;
  /** Undefined where metrics are with the other routes. */
  readonly metricsListen: ListenAddress | undefined;
  /** Public address, without a slash at the end; undefined where there is none. */
  readonly baseUrl: string | undefined;
  /** With a slash before it and none behind; empty where there is none. */
  readonly pathPrefix: string;
  /** Empty where none is configured. */
  readonly webhookSecrets: readonly string[];
  /** The same as they are by now, where they come from a file that may be replaced. */
  readonly readWebhookSecrets: (() => readonly string[]) | undefined;
  readonly listener: EventListenerSettings;
  /** Minutes; undefined = never by itself. */
  readonly scheduledResyncInterval: number | undefined;
  /** Hours. */
  readonly fullResyncInterval: number;
  /** Hours between checks of the catalog; 0 = none. */
  readonly verifyInterval: number;
  /** Entities of a blueprint that a check compares field by field; 0 = all. */
  readonly verifySample: number;
  readonly api: ApiSettings;
  /** Whether it only looks. */
  readonly shadow: boolean;
  /** Seconds. */
  readonly shutdownGrace: number;
  readonly logLevel: SettingValue<"logLevel">;
  /** What is done in the place of what was asked for. */
  readonly warnings: readonly string[];
}

/**
 * Reads what a server keeps to.
 *
 * @throws {ConfigError} with every mistake
 */
export function loadServerSettings(sources: SettingSources): ServerSettings {
  const readSecrets = (): readonly string[] => loadSetting("webhookSecrets", sources) ?? [];
  const { loaded, ...rest } = gatherMistakes({
    listen: () => requireSetting("listen", sources),
    metricsListen: () => loadSetting("metricsListen", sources),
    baseUrl: () => loadSetting("baseUrl", sources),
    pathPrefix: () => requireSetting("pathPrefix", sources),
    webhookSecrets: readSecrets,
    loaded: () => loadEventListener(sources),
    scheduledResyncInterval: () => loadSetting("scheduledResyncInterval", sources) || undefined,
    fullResyncInterval: () => requireSetting("fullResyncInterval", sources),
    verifyInterval: () => requireSetting("verifyInterval", sources),
    verifySample: () => requireSetting("verifySample", sources),
    api: () => loadApiSettings(sources),
    shadow: () => requireSetting("shadow", sources),
    shutdownGrace: () => requireSetting("shutdownGrace", sources),
    logLevel: () => requireSetting("logLevel", sources),
  });
  const { listener, warning } = loaded;
  const warnings = warning === undefined ? [] : [warning];
  const readWebhookSecrets = isFromFile("webhookSecrets", sources) ? readSecrets : undefined;
  return { ...rest, readWebhookSecrets, listener, warnings };
}
