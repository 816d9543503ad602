import { gatherMistakes } from "./gather-mistakes.ts";
import { findSetting, loadSetting, requireSetting, type SettingSources } from "./load-settings.ts";
import type { ListenAddress } from "./parse-address.ts";
import type { ApiToken } from "./parse-api-tokens.ts";

/** What the API of a server keeps to. */
export interface ApiSettings {
  readonly listen: ListenAddress;
  /** Whether a person chose the address: then it must be free. */
  readonly isListenGiven: boolean;
  /** Empty where none are set. */
  readonly tokens: readonly ApiToken[];
  /**
   * The tokens as their file has them now; as they were where they are in no file.
   *
   * @throws {ConfigError} where the file has become one that cannot be
   */
  readonly readTokens: () => readonly ApiToken[];
  /** Names that it is reached by besides its own; empty where none are set. */
  readonly hosts: readonly string[];
}

/**
 * Reads what the API of a server keeps to.
 *
 * @throws {ConfigError} with every mistake
 */
export function loadApiSettings(sources: SettingSources): ApiSettings {
  const readTokens = (): readonly ApiToken[] => loadSetting("apiTokens", sources) ?? [];
  const loaded = gatherMistakes({
    listen: () => requireSetting("apiListen", sources),
    isListenGiven: () => findSetting("apiListen", sources) !== undefined,
    tokens: readTokens,
    hosts: () => loadSetting("apiHosts", sources) ?? [],
  });
  return { ...loaded, readTokens };
}
