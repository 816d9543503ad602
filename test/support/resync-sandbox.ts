import type { Sandbox } from "@pagerport/cli/sandbox";
import {
  type Clock,
  createMapper,
  openStore,
  type PagerDutyClient,
  parseMapping,
  type PortClient,
  readDefaultFile,
  resync,
  type SyncReport,
  systemClock,
} from "@pagerport/core";
import {
  connectSandboxPagerDuty,
  connectSandboxPort,
  integrationIdentifier,
} from "./connect-sandbox.ts";

/** Brings a sandbox's PagerDuty to its Port once, with a store that remembers nothing. */
export async function resyncSandbox(
  sandbox: Sandbox,
  options: {
    /** @default our own */
    readonly mapping?: string;
    readonly clock?: Clock;
    readonly port?: PortClient;
    readonly pagerDuty?: PagerDutyClient;
  } = {},
): Promise<SyncReport> {
  const { mapping = readDefaultFile("mapping.yaml"), clock = systemClock } = options;
  await using mapper = createMapper(await parseMapping(mapping));
  const store = await openStore();
  try {
    return await resync({
      pagerDuty: options.pagerDuty ?? connectSandboxPagerDuty(sandbox, { clock }),
      port: options.port ?? connectSandboxPort(sandbox, { clock }),
      store,
      clock,
      mapper,
      integrationIdentifier,
      owner: "test",
      createJournal: () => ({ append: () => undefined, flush: () => Promise.resolve() }),
    });
  } finally {
    await store[Symbol.asyncDispose]();
  }
}
