import { expect, test } from "bun:test";
import { LeaseLostError } from "../../packages/core/src/store/lease.ts";
import { runLeaseDuration, startRun } from "../../packages/core/src/store/runs.ts";
import { failureOf } from "../../packages/core/src/testing/failure-of.ts";
import { connectSandboxPagerDuty, integrationIdentifier } from "../support/connect-sandbox.ts";
import { startSyncSetting } from "../support/run-sync.ts";
import { delayAnswer } from "../support/watch-traffic.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";

const small = { services: 5, incidents: 20, schedules: 2, users: 4 } as const;

test.each(["/services", "/log_entries"])(
  "resync() that loses its lease while it reads %s leaves Port's state to the run that goes on",
  async (path) => {
    let ahead = 0;
    await using store = await openTestStore({ shiftClock: () => ahead });
    await using setting = await startSyncSetting(small);
    const { sandbox } = setting;
    sandbox.port.setIntegrationConfig(integrationIdentifier, {});
    const error = await failureOf(
      setting.sync({
        store,
        pagerDuty: delayAnswer(connectSandboxPagerDuty(sandbox), path, async () => {
          ahead = runLeaseDuration + 1;
          await startRun(store.sql, { type: "full", owner: "another" });
        }),
      }),
    );
    expect(error).toBeInstanceOf(LeaseLostError);
    const states = sandbox.port.integration(integrationIdentifier)?.resyncStates ?? [];
    expect(states.map(({ status }) => status)).toEqual(["running"]);
  },
);
