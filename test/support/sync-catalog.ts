import type { Sandbox } from "@pagerport/cli/sandbox";
import {
  type Clock,
  connectPagerDuty,
  connectPort,
  createMapper,
  openStore,
  parseMapping,
  resync,
  type SyncReport,
  systemClock,
} from "@pagerport/core";

/** Brings a sandbox's Port to its PagerDuty once, over real HTTP, at the sandbox's time. */
export async function syncCatalog(sandbox: Sandbox, mappingText: string): Promise<SyncReport> {
  const clock: Clock = { ...systemClock, now: () => sandbox.clock.now() };
  const integrationIdentifier = "mine";
  const shared = { fetch: globalThis.fetch, clock, random: () => 0.02 };
  const port = connectPort({
    ...shared,
    baseUrl: sandbox.portUrl,
    clientId: sandbox.portClientId,
    clientSecret: sandbox.portClientSecret,
    integrationIdentifier,
    version: "0.0.0",
  });
  const pagerDuty = connectPagerDuty({
    ...shared,
    apiUrl: sandbox.pagerDutyUrl,
    token: sandbox.token,
    requestsPerMinute: 0,
    rateBudget: 1,
  });
  await using mapper = createMapper(await parseMapping(mappingText));
  const store = await openStore();
  try {
    return await resync({
      pagerDuty,
      port,
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
