import { type Config, ConfigReader } from "@backstage/config";
import { ConfigError, settings } from "@pagerport/core";
import { findValue, readBlock, readSwitch, readText, readValue } from "./read-value.ts";

/** How PagerDuty is reached. */
export interface PagerDutyAccess {
  readonly apiUrl: string;
  /** The keys that they are in, for errors. */
  readonly names: { readonly token: string; readonly apiUrl: string };
  readonly credential:
    | { readonly type: "token"; readonly token: string }
    | {
        /** An application's, for tokens of a day. */
        readonly type: "oauth";
        readonly clientId: string;
        readonly clientSecret: string;
        readonly region: string;
        readonly subDomain: string;
        /** Where tokens are given out. */
        readonly tokenUrl: string;
      };
}

/** How Port is reached. */
export interface PortAccess {
  /** The keys that they are in, for errors. */
  readonly names: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly baseUrl: string;
  };
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What was found, or the keys that would have to be set. */
export type Found<Access> =
  | { readonly access: Access; readonly missing?: undefined }
  | { readonly access?: undefined; readonly missing: string };

/** Where PagerDuty gives out tokens to applications. {@link https://developer.pagerduty.com/docs/oauth-functionality} */
const usualTokenUrl = "https://identity.pagerduty.com/oauth/token";
const euApiUrl = "https://api.eu.pagerduty.com";

/**
 * Reads how PagerDuty is reached: by our own keys, and where they are silent by those of PagerDuty's own
 * Backstage plugin.
 *
 * @throws {ConfigError} naming the key that is wrong
 */
export function readPagerDutyAccess(config: Config): Found<PagerDutyAccess> {
  const own = readValue(config, "pagerport.pagerduty.token", "pagerDutyToken");
  const ownUrl = readValue(config, "pagerport.pagerduty.apiUrl", "pagerDutyApiUrl");
  const { account, place } = findAccount(config, own !== undefined);
  const otherUrl = readValue(account, "apiBaseUrl", "pagerDutyApiUrl", place);
  const token = own ?? readValue(account, "apiToken", "pagerDutyToken", place);
  const usualUrl = settings.pagerDutyApiUrl.default ?? "";
  const isOtherUrl = ownUrl === undefined && otherUrl !== undefined;
  const urlName = isOtherUrl ? `${place}apiBaseUrl` : "pagerport.pagerduty.apiUrl";
  if (token !== undefined) {
    const apiUrl = ownUrl ?? otherUrl ?? usualUrl;
    const tokenName = own === undefined ? `${place}apiToken` : "pagerport.pagerduty.token";
    const names = { token: tokenName, apiUrl: urlName };
    return { access: { apiUrl, names, credential: { type: "token", token } } };
  }
  const oauth = readBlock(account, "oauth", place);
  if (oauth === undefined) {
    return { missing: "pagerport.pagerduty.token (or pagerDuty.apiToken, or pagerDuty.oauth)" };
  }
  const within = `${place}oauth.`;
  const region = readRegion(oauth, within);
  return {
    access: {
      names: { token: `${place}oauth`, apiUrl: urlName },
      apiUrl: ownUrl ?? otherUrl ?? (region === "eu" ? euApiUrl : usualUrl),
      credential: {
        type: "oauth",
        clientId: needText(oauth, "clientId", within),
        clientSecret: needText(oauth, "clientSecret", within),
        subDomain: needText(oauth, "subDomain", within),
        region,
        tokenUrl: readValue(oauth, "identityUrl", "pagerDutyApiUrl", within) ?? usualTokenUrl,
      },
    },
  };
}

function needText(config: Config, path: string, within: string): string {
  const text = readText(config, path, within);
  if (text !== undefined) return text;
  throw new ConfigError(`${within}${path} must be set`, { setting: `${within}${path}` });
}

/** In any case of letters: the address and the token's scope are made from it. */
function readRegion(oauth: Config, within: string): "us" | "eu" {
  const text = readText(oauth, "region", within) ?? "us";
  const region = text.trim().toLowerCase();
  if (region === "us" || region === "eu") return region;
  throw new ConfigError(`${within}region must be us or eu: current value is '${text}'`, {
    setting: `${within}region`,
  });
}

/**
 * Reads how Port is reached: by our own keys, and where there are none by those of Port's own Backstage
 * plugin. A client's name and its secret come from one place.
 *
 * @throws {ConfigError} naming the key that is wrong
 */
export function readPortAccess(config: Config): Found<PortAccess> {
  const ownUrl = readValue(config, "pagerport.port.baseUrl", "portBaseUrl");
  const otherUrl = readValue(config, "port.api.baseUrl", "portBaseUrl");
  // Paths are made from the address up to its version.
  const baseUrl = (ownUrl ?? otherUrl ?? settings.portBaseUrl.default ?? "").replace(/\/v1$/, "");
  const own = readClient(config, "pagerport.port");
  const place = own.isSet ? "pagerport.port" : "port.api.auth";
  const { clientId, clientSecret } = own.isSet ? own : readClient(config, place);
  if (clientId !== undefined && clientSecret !== undefined) {
    const isOtherUrl = ownUrl === undefined && otherUrl !== undefined;
    const names = {
      clientId: `${place}.clientId`,
      clientSecret: `${place}.clientSecret`,
      baseUrl: isOtherUrl ? "port.api.baseUrl" : "pagerport.port.baseUrl",
    };
    return { access: { baseUrl, clientId, clientSecret, names } };
  }
  const key = clientId === undefined ? "clientId" : "clientSecret";
  return { missing: `pagerport.port.${key} (or port.api.auth.${key})` };
}

function readClient(
  config: Config,
  place: string,
): { isSet: boolean; clientId: string | undefined; clientSecret: string | undefined } {
  const clientId = readValue(config, `${place}.clientId`, "portClientId");
  const clientSecret = readValue(config, `${place}.clientSecret`, "portClientSecret");
  return { isSet: clientId !== undefined || clientSecret !== undefined, clientId, clientSecret };
}

/** The block that PagerDuty's plugin reads: of several accounts the default one. */
function findAccount(config: Config, hasToken: boolean): { account: Config; place: string } {
  const empty = { account: new ConfigReader({}), place: "" };
  const block = readBlock(config, "pagerDuty");
  if (block === undefined) return empty;
  const accounts = readAccounts(block);
  const usual = accounts.findIndex((one, at) =>
    readSwitch(one, "isDefault", false, `pagerDuty.accounts[${at}].`),
  );
  const place = accounts.length === 1 ? 0 : usual;
  const account = accounts[place];
  if (account !== undefined) return { account, place: `pagerDuty.accounts[${place}].` };
  if (accounts.length === 0) return { account: block, place: "pagerDuty." };
  if (hasToken) return empty;
  throw new ConfigError(
    `pagerDuty.accounts has ${accounts.length} accounts and none with isDefault: set pagerport.pagerduty.token`,
    { setting: "pagerport.pagerduty.token" },
  );
}

function readAccounts(block: Config): readonly Config[] {
  const given = findValue(block, "accounts");
  if (given === undefined) return [];
  const isList = Array.isArray(given) && given.every((one) => typeof one === "object");
  if (isList) return block.getOptionalConfigArray("accounts") ?? [];
  throw new ConfigError("pagerDuty.accounts must be a list of blocks of keys, one an account", {
    setting: "pagerDuty.accounts",
  });
}
