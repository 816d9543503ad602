import type { Sandbox } from "@pagerport/cli/sandbox";
import {
  createMapper,
  openStore,
  parseMapping,
  readDefaultFile,
  resync,
  type ResyncOptions,
  type SyncReport,
  systemClock,
} from "@pagerport/core";
import {
  connectSandboxPagerDuty,
  connectSandboxPort,
  integrationIdentifier,
} from "./connect-sandbox.ts";

/** What a test says of one resync. */
export type SyncOptions = Partial<Omit<ResyncOptions, "mapper">> & {
  /** The mapping's text. @default our own */
  readonly mapping?: string;
};

/** Brings a sandbox's PagerDuty to its Port once; unless one is given, with a store that remembers nothing. */
export async function resyncSandbox(
  sandbox: Sandbox,
  { mapping = readDefaultFile("mapping.yaml"), ...given }: SyncOptions = {},
): Promise<SyncReport> {
  const { clock = systemClock } = given;
  await using mapper = createMapper(await parseMapping(mapping));
  const store = given.store ?? (await openStore());
  try {
    return await resync({
      pagerDuty: connectSandboxPagerDuty(sandbox, { clock }),
      port: connectSandboxPort(sandbox, { clock }),
      clock,
      mapper,
      integrationIdentifier,
      owner: "test",
      createJournal: () => ({ append: () => undefined, flush: () => Promise.resolve() }),
      ...given,
      store,
    });
  } finally {
    if (given.store === undefined) await store[Symbol.asyncDispose]();
  }
}
