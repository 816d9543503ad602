import type { Sandbox } from "@pagerport/cli/sandbox";
import {
  connectPagerDuty,
  connectPort,
  createMemoryCache,
  openSource,
  type PortClient,
  type Source,
  systemClock,
} from "@pagerport/core";

/** What the integration is called that tests write as. */
export const integrationIdentifier = "mine";

const shared = { fetch: globalThis.fetch, clock: systemClock, random: () => 0.02 };

/** A client of a sandbox's Port. */
export function connectSandboxPort(sandbox: Sandbox): PortClient {
  return connectPort({
    ...shared,
    baseUrl: sandbox.portUrl,
    clientId: sandbox.portClientId,
    clientSecret: sandbox.portClientSecret,
    integrationIdentifier,
    version: "0.0.0",
  });
}

/** A sandbox's PagerDuty, as one run sees it. */
export function openSandboxSource(sandbox: Sandbox): Source {
  const client = connectPagerDuty({
    ...shared,
    apiUrl: sandbox.pagerDutyUrl,
    token: sandbox.token,
    requestsPerMinute: 0,
    rateBudget: 1,
  });
  return openSource({ client, clock: systemClock, cache: createMemoryCache() });
}
