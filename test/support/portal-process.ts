/**
 * A Backstage backend with the plugin, as a process that can be killed. Its argument is `PortalOptions`
 * with the sandbox's addresses, as JSON; prints its address when it answers.
 */
import { type PortalOptions, type SandboxAddresses, startPortal } from "./start-portal.ts";

// The test backend would like to be stopped by a test runner.
Object.assign(globalThis, { afterAll: () => undefined });
const { sandbox, ...options } = JSON.parse(process.argv[2] ?? "{}") as PortalOptions & {
  readonly sandbox: SandboxAddresses;
};
const portal = await startPortal(sandbox, options);
process.stdout.write(`${portal.url}\n`);
