import {
  connectPagerDuty,
  connectPort,
  type ConnectPortOptions,
  connectWebhookKey,
  type EventListener,
  type HostSettingNames,
  type OnRateLimit,
  type PagerDutyClient,
  type PagerDutyWriter,
  type PinMemory,
  type PortClient,
  rateBudgets,
  settings,
} from "@pagerport/core";
import { connectWithOauth } from "./connect-with-oauth.ts";
import type { PluginConfig } from "./read-config.ts";
import type { PagerDutyAccess, PortAccess } from "./read-credentials.ts";
import { version } from "./version.ts";

export interface ConnectHostsOptions extends Pick<
  ConnectPortOptions,
  "fetch" | "clock" | "random" | "integrationIdentifier"
> {
  readonly onEvent: EventListener;
  /** Told what is left of the hosts' rate limits. */
  readonly onRateLimit: OnRateLimit;
}

/** Makes a client of PagerDuty's API; whatever the credential is, half of its budget is left to others. */
export function connectPagerDutyAs(
  { apiUrl, names: settingNames, credential }: PagerDutyAccess,
  { fetch, clock, random, onEvent, onRateLimit }: ConnectHostsOptions,
): PagerDutyClient & PagerDutyWriter {
  const requestsPerMinute = settings.requestsPerMinute.default ?? 0;
  const rateBudget = rateBudgets.sync;
  const limits = { requestsPerMinute, rateBudget };
  const shared = { fetch, clock, random, apiUrl, settingNames, ...limits, onEvent, onRateLimit };
  if (credential.type === "oauth") return connectWithOauth({ ...shared, credential });
  return connectPagerDuty({ ...shared, token: credential.token });
}

/** Makes what webhook subscriptions are managed with: a key of its own, or the one that reads. */
export function connectSubscriptionsAs(
  {
    hosts,
    webhookToken,
    expected,
  }: Pick<PluginConfig, "webhookToken" | "expected"> & {
    readonly hosts: { readonly pagerDuty: PagerDutyAccess };
  },
  reading: PagerDutyClient & PagerDutyWriter,
  { pins, ...options }: ConnectHostsOptions & { readonly pins: PinMemory },
): PagerDutyClient & PagerDutyWriter {
  if (webhookToken === undefined) return reading;
  const { apiUrl, names } = hosts.pagerDuty;
  const { fetch, clock, random, onEvent } = options;
  return connectWebhookKey({
    fetch,
    clock,
    random,
    onEvent,
    apiUrl,
    token: webhookToken,
    reading,
    expected: expected.account,
    pins,
    names: {
      token: "pagerport.pagerduty.webhookToken",
      reading: names.token,
      apiUrl: names.apiUrl,
      expectAccount: "pagerport.expectAccount",
    },
  });
}

/** What the keys are called by which it is decided whose hosts they are, for errors. */
export function nameHostSettings(hosts: {
  readonly pagerDuty: Pick<PagerDutyAccess, "names">;
  readonly port: Pick<PortAccess, "names">;
}): HostSettingNames {
  const expectAccount = "pagerport.expectAccount";
  const expectPortOrg = "pagerport.expectPortOrg";
  return {
    ...hosts.pagerDuty.names,
    clientId: hosts.port.names.clientId,
    baseUrl: hosts.port.names.baseUrl,
    expectAccount,
    expectPortOrg,
    acceptAccount: `${expectAccount}:`,
    acceptPortOrg: `${expectPortOrg}:`,
  };
}

/** Makes a client of Port's API. */
export function connectPortAs(
  { names: settingNames, ...access }: PortAccess,
  { fetch, clock, random, integrationIdentifier, onEvent, onRateLimit }: ConnectHostsOptions,
): PortClient {
  const shared = { fetch, clock, random, integrationIdentifier, version, onEvent, onRateLimit };
  return connectPort({ ...shared, ...access, settingNames });
}
