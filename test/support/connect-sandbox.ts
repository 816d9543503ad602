import type { Sandbox } from "@pagerport/cli/sandbox";
import {
  connectPagerDuty,
  type ConnectPagerDutyOptions,
  connectPort,
  type ConnectPortOptions,
  createMemoryCache,
  openSource,
  type PagerDutyClient,
  type PagerDutyWriter,
  type PortClient,
  type Source,
} from "@pagerport/core";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";

/** What the integration is called that tests write as. */
export const integrationIdentifier = "mine";

const shared = { fetch: globalThis.fetch, clock: testClock, random: () => 0.02 };

/** A client of a sandbox's Port. */
export function connectSandboxPort(
  sandbox: Sandbox,
  options: Partial<ConnectPortOptions> = {},
): PortClient {
  return connectPort({
    ...shared,
    baseUrl: sandbox.portUrl,
    clientId: sandbox.portClientId,
    clientSecret: sandbox.portClientSecret,
    integrationIdentifier,
    version: "0.0.0",
    ...options,
  });
}

/** A client of a sandbox's PagerDuty. */
export function connectSandboxPagerDuty(
  sandbox: Sandbox,
  options: Partial<ConnectPagerDutyOptions> = {},
): PagerDutyClient & PagerDutyWriter {
  return connectPagerDuty({
    ...shared,
    apiUrl: sandbox.pagerDutyUrl,
    token: sandbox.token,
    requestsPerMinute: 0,
    rateBudget: 1,
    ...options,
  });
}

/** A sandbox's PagerDuty, as one run sees it. */
export function openSandboxSource(sandbox: Sandbox): Source {
  const client = connectSandboxPagerDuty(sandbox);
  return openSource({ client, clock: testClock, cache: createMemoryCache() });
}
