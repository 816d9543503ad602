import type { Sandbox } from "@pagerport/cli/sandbox";
import { connectPort, type PortClient, systemClock } from "@pagerport/core";

/** What the integration is called that tests write as. */
const integrationIdentifier = "mine";

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
