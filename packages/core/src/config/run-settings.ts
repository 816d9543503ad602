import { ConfigError } from "../errors.ts";
import { type EventListenerSettings, loadEventListener } from "./event-listener.ts";
import { gatherMistakes } from "./gather-mistakes.ts";
import { loadSetting, requireSetting, type SettingSources } from "./load-settings.ts";
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
    initializePortResources: () => requireSetting("initializePortResources", sources),
    createPortResourcesOrigin: () => loadSetting("createPortResourcesOrigin", sources),
    sendRawDataExamples: () => requireSetting("sendRawDataExamples", sources),
  });
  return { ...rest, ...ownership };
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
  readonly listener: EventListenerSettings;
  /** Minutes; undefined = never by itself. */
  readonly scheduledResyncInterval: number | undefined;
  /** Hours. */
  readonly fullResyncInterval: number;
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
  const { loaded, ...rest } = gatherMistakes({
    listen: () => requireSetting("listen", sources),
    metricsListen: () => loadSetting("metricsListen", sources),
    baseUrl: () => loadSetting("baseUrl", sources),
    pathPrefix: () => requireSetting("pathPrefix", sources),
    webhookSecrets: () => loadSetting("webhookSecrets", sources) ?? [],
    loaded: () => loadEventListener(sources),
    scheduledResyncInterval: () => loadSetting("scheduledResyncInterval", sources) || undefined,
    fullResyncInterval: () => requireSetting("fullResyncInterval", sources),
    shutdownGrace: () => requireSetting("shutdownGrace", sources),
    logLevel: () => requireSetting("logLevel", sources),
  });
  const { listener, warning } = loaded;
  return { ...rest, listener, warnings: warning === undefined ? [] : [warning] };
}
