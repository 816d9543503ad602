import {
  connectPagerDuty,
  connectPort,
  type ConnectPortOptions,
  type EventListener,
  type HostSettingNames,
  type PagerDutyClient,
  type PagerDutyWriter,
  type PortClient,
  rateBudgets,
  settings,
} from "@pagerport/core";
import { connectWithOauth } from "./connect-with-oauth.ts";
import type { PagerDutyAccess, PortAccess } from "./read-credentials.ts";
import { version } from "./version.ts";

export interface ConnectHostsOptions extends Pick<
  ConnectPortOptions,
  "fetch" | "clock" | "random" | "integrationIdentifier"
> {
  readonly onEvent: EventListener;
}

/** Makes a client of PagerDuty's API; whatever the credential is, half of its budget is left to others. */
export function connectPagerDutyAs(
  { apiUrl, names: settingNames, credential }: PagerDutyAccess,
  { fetch, clock, random, onEvent }: ConnectHostsOptions,
): PagerDutyClient & PagerDutyWriter {
  const requestsPerMinute = settings.requestsPerMinute.default ?? 0;
  const rateBudget = rateBudgets.sync;
  const limits = { requestsPerMinute, rateBudget };
  const shared = { fetch, clock, random, apiUrl, settingNames, ...limits, onEvent };
  if (credential.type === "oauth") return connectWithOauth({ ...shared, credential });
  return connectPagerDuty({ ...shared, token: credential.token });
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
  { fetch, clock, random, integrationIdentifier, onEvent }: ConnectHostsOptions,
): PortClient {
  const shared = { fetch, clock, random, integrationIdentifier, version, onEvent };
  return connectPort({ ...shared, ...access, settingNames });
}
