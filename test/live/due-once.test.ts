import { expect, test } from "bun:test";
import {
  createSyncService,
  parseMapping,
  readDefaultFile,
  type ServiceEvent,
} from "@pagerport/core";
import { readPastRuns } from "../../packages/core/src/store/run-history.ts";
import {
  connectSandboxPagerDuty,
  connectSandboxPort,
  integrationIdentifier,
} from "../support/connect-sandbox.ts";
import { startServiceSetting, waitUntil } from "../support/run-service.ts";
import { followSandbox } from "../support/sandbox-clock.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";

const hour = 3_600_000;
const small = { services: 3, incidents: 10, schedules: 1, users: 2 };

test("what is due twice after an outage, and at a restart, is one run; two hours later it is another", async () => {
  await using setting = await startServiceSetting(small, { isTimed: true });
  const { service, store, sandbox } = setting;
  const listRuns = async (): Promise<string[]> =>
    (await readPastRuns(store.sql, 9)).map(({ type }) => type);
  expect(await listRuns()).toEqual(["full"]);

  // After a day away the scheduler brings what it missed twice in a row.
  setting.pass(25 * hour);
  await service.requestDue({ type: "full" }, "it is time");
  await service.requestDue({ type: "full" }, "it is time");
  await setting.settleRuns(2);
  await service.requestDue({ type: "full" }, "it is time");
  await service.requestDue({ type: "delta" }, "it is time");
  await setting.settle();
  expect(await listRuns()).toEqual(["full", "full"]);

  // A server that is started again right after has nothing to read; one that is started later has.
  const restart = async (isQueued: boolean): Promise<ServiceEvent["type"][]> => {
    const told: ServiceEvent["type"][] = [];
    const clock = followSandbox(sandbox);
    const again = createSyncService({
      pagerDuty: connectSandboxPagerDuty(sandbox, { clock }),
      port: connectSandboxPort(sandbox, { clock }),
      store,
      clock,
      integrationIdentifier,
      owner: "restarted",
      readMapping: () => parseMapping(readDefaultFile("mapping.yaml")),
      createJournal: () => ({ append: () => undefined, flush: () => Promise.resolve() }),
      listener: { type: "POLLING", interval: 60, resyncOnStart: true },
      scheduledResyncInterval: 0,
      fullResyncInterval: 24,
      agedIncidents: "keep",
      sendsExamples: false,
      onServiceEvent: ({ type }) => told.push(type),
    });
    const stop = new AbortController();
    const running = again.run(stop.signal);
    // That nothing is asked for shows only by waiting.
    if (isQueued) await waitUntil(() => told.includes("queued"));
    else await testClock.sleep(700);
    stop.abort();
    await running;
    return told;
  };
  expect(await restart(false)).not.toContain("queued");
  setting.pass(2 * hour);
  expect(await restart(true)).toContain("queued");
  await setting.settle();
  expect(await listRuns()).toContain("delta");

  // Whoever asks by hand gets what was asked for.
  await service.requestResync("full", "somebody asks");
  await setting.settle();
  expect((await listRuns())[0]).toBe("full");
});
