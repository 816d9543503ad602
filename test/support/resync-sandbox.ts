import type { Sandbox } from "@pagerport/cli/sandbox";
import {
  createMapper,
  parseMapping,
  readDefaultFile,
  resync,
  type ResyncOptions,
  type SyncReport,
} from "@pagerport/core";
import {
  connectSandboxPagerDuty,
  connectSandboxPort,
  integrationIdentifier,
} from "./connect-sandbox.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";

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
  const { clock = testClock } = given;
  await using mapper = createMapper(await parseMapping(mapping));
  const store = given.store ?? (await openTestStore());
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
