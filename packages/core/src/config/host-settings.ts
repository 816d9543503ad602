import { gatherMistakes } from "./gather-mistakes.ts";
import { loadSetting, requireSetting, type SettingSources } from "./load-settings.ts";

/** How PagerDuty is reached; `connectPagerDuty()` takes it as it is. */
export interface PagerDutySettings {
  readonly apiUrl: string;
  readonly token: string;
  /** The token as it is by now: one that came from a file may have been replaced. */
  readonly readToken: () => string;
  readonly requestsPerMinute: number;
  readonly rateBudget: number;
  /** Milliseconds for one attempt. */
  readonly timeout: number;
}

/** How Port's API is reached; `connectPort()` takes it as it is. */
export interface PortSettings {
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly integrationIdentifier: string;
}

/** Whose hosts they must be; undefined = whoever served first. */
export interface ExpectedHostsSettings {
  readonly account: string | undefined;
  readonly portOrg: string | undefined;
}

/**
 * Reads whose hosts they must be; `checkHosts()` takes it as it is.
 *
 * @throws {ConfigError} with every mistake
 */
export function loadExpectedHosts(sources: SettingSources): ExpectedHostsSettings {
  return gatherMistakes({
    account: () => loadSetting("expectAccount", sources),
    portOrg: () => loadSetting("expectPortOrg", sources),
  });
}

/**
 * Reads how PagerDuty is reached.
 *
 * @param rateBudget the share of requests where none is set, see {@link rateBudgets}
 * @throws {ConfigError} with every mistake
 */
export function loadPagerDutySettings(
  sources: SettingSources,
  rateBudget: number,
): PagerDutySettings {
  const readToken = (): string => requireSetting("pagerDutyToken", sources);
  const { timeout, ...loaded } = gatherMistakes({
    apiUrl: () => requireSetting("pagerDutyApiUrl", sources),
    token: readToken,
    requestsPerMinute: () => requireSetting("requestsPerMinute", sources),
    rateBudget: () => loadSetting("rateBudget", sources) ?? rateBudget,
    timeout: () => requireSetting("clientTimeout", sources),
  });
  return { ...loaded, readToken, timeout: timeout * 1000 };
}

/**
 * Reads how Port's API is reached, and as which integration.
 *
 * @throws {ConfigError} with every mistake
 */
export function loadPortSettings(sources: SettingSources): PortSettings {
  const { baseUrl, clientId, clientSecret, integrationIdentifier } = gatherMistakes({
    clientId: () => requireSetting("portClientId", sources),
    clientSecret: () => requireSetting("portClientSecret", sources),
    baseUrl: () => requireSetting("portBaseUrl", sources),
    integrationIdentifier: () => requireSetting("integrationIdentifier", sources),
    // There is one type only; another would mean somebody else's environment.
    type: () => requireSetting("integrationType", sources),
  });
  return { baseUrl, clientId, clientSecret, integrationIdentifier };
}
