import { gatherMistakes } from "./gather-mistakes.ts";
import { isFromFile, loadSetting, requireSetting, type SettingSources } from "./load-settings.ts";

/** How PagerDuty is reached; `connectPagerDuty()` takes it as it is. */
export interface PagerDutySettings {
  readonly apiUrl: string;
  readonly token: string;
  /** The token as it is by now, where it comes from a file that may be replaced. */
  readonly readToken: (() => string) | undefined;
  readonly requestsPerMinute: number;
  readonly rateBudget: number;
  /** Milliseconds for one attempt. */
  readonly timeout: number;
}

/** The key for webhook subscriptions alone. */
export interface WebhookKeySettings {
  readonly token: string;
  /** The token as it is by now, where it comes from a file. */
  readonly readToken: (() => string) | undefined;
}

/** What Port gives tokens for. */
interface PortCredentialSettings {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** How Port's API is reached; `connectPort()` takes it as it is. */
export interface PortSettings {
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Both as they are by now, where one comes from a file that may be replaced. */
  readonly readCredentials: (() => PortCredentialSettings) | undefined;
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
  return {
    ...loaded,
    readToken: isFromFile("pagerDutyToken", sources) ? readToken : undefined,
    timeout: timeout * 1000,
  };
}

/**
 * Reads the key for webhook subscriptions; undefined where there is none of its own.
 *
 * @throws {ConfigError}
 */
export function loadWebhookKey(sources: SettingSources): WebhookKeySettings | undefined {
  const token = loadSetting("webhookToken", sources);
  if (token === undefined) return undefined;
  const readToken = (): string => requireSetting("webhookToken", sources);
  return { token, readToken: isFromFile("webhookToken", sources) ? readToken : undefined };
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
  const isFile = isFromFile("portClientId", sources) || isFromFile("portClientSecret", sources);
  const read = (): PortCredentialSettings => ({
    clientId: requireSetting("portClientId", sources),
    clientSecret: requireSetting("portClientSecret", sources),
  });
  const readCredentials = isFile ? read : undefined;
  return { baseUrl, clientId, clientSecret, readCredentials, integrationIdentifier };
}
