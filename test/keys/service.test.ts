import { expect, test } from "bun:test";
import type { Sandbox } from "@pagerport/cli/sandbox";
import {
  checkHosts,
  createHostAdmission,
  createSessionPins,
  createStorePins,
  readBacklog,
  type Store,
  type SyncServiceOptions,
} from "@pagerport/core";
import { databaseSorts } from "../../packages/core/src/testing/test-databases.ts";
import { testShift } from "../../packages/core/src/testing/test-clock.ts";
import { startSandbox } from "../../packages/cli/src/testing/start-sandbox.ts";
import { connectSandboxPagerDuty, connectSandboxPort } from "../support/connect-sandbox.ts";
import { integrationIdentifier } from "../support/connect-sandbox.ts";
import { startServiceSetting, waitUntil } from "../support/run-service.ts";
import { followSandbox } from "../support/sandbox-clock.ts";

/** A file of a key, and a host that knows the keys of two accounts. */
function createKeyFile(other: Sandbox) {
  let token = "own";
  const connect = (own: Sandbox, store: Store): Partial<SyncServiceOptions> => {
    const clock = followSandbox(own);
    const route = (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
      const request = new Request(input, init);
      const { headers } = request;
      const isOther = headers.get("authorization")?.endsWith("=other") === true;
      const account = isOther ? other : own;
      headers.set("authorization", `Token token=${account.token}`);
      const { pathname, search } = new URL(request.url);
      return fetch(`${account.pagerDutyUrl}${pathname}${search}`, {
        method: request.method,
        headers,
        signal: request.signal,
      });
    };
    const pins = createSessionPins(createStorePins({ sql: store.sql, integrationIdentifier }));
    const known = { pins, expected: {}, integrationIdentifier, sql: store.sql };
    const pagerDuty = connectSandboxPagerDuty(own, {
      clock,
      fetch: Object.assign(route, { preconnect: () => undefined }),
      token,
      readToken: () => token,
      admit: createHostAdmission(known).admitToken,
    });
    const port = connectSandboxPort(own, { clock });
    return {
      pagerDuty,
      port,
      checkHosts: (mapping, signal) => checkHosts({ ...known, pagerDuty, port, mapping, signal }),
    };
  };
  return {
    connect,
    put: (value: string) => {
      token = value;
    },
  };
}

for (const [sort, createDatabase] of databaseSorts) {
  test(`a service keeps events while its key is another account's, and applies them when it is its own again (${sort})`, async () => {
    await using other = await startSandbox({ seed: "other", services: 20, incidents: 50 });
    await using database = await createDatabase();
    let shift = 0;
    const store = await database.open({ shiftClock: () => testShift + shift });
    const file = createKeyFile(other);
    await using setting = await startServiceSetting(
      {},
      { store, isTimed: true, connect: (sandbox) => file.connect(sandbox, store) },
    );
    const { sandbox, service, events } = setting;
    const pass = (milliseconds: number): void => {
      shift += milliseconds;
      setting.pass(milliseconds);
    };
    const before = JSON.stringify(sandbox.port.entities());

    // The own one is good still; the next look at the file finds the other.
    file.put("other");
    pass(31_000);
    const [changed] = [...sandbox.pagerduty.allServices()].map(({ id }) => id);
    sandbox.pagerduty.renameService(String(changed), "Renamed");
    const id = sandbox.pagerduty.createService({ name: "New" });
    await sandbox.webhooks.settled();
    await waitUntil(() => service.areHostsForeign());
    const told = events.filter(({ type }) => type === "trouble");
    expect(JSON.stringify(told.map((event) => "error" in event && String(event.error)))).toContain(
      "PD_TOKEN is of other-sandbox",
    );
    const runs = events.filter(({ type }) => type === "run-started").length;
    await service.requestResync("full", "a test");
    pass(61_000);
    await waitUntil(() => events.filter(({ type }) => type === "trouble").length > told.length);
    expect((await readBacklog(store.sql)).waiting).toBeGreaterThan(0);
    expect(events.filter(({ type }) => type === "run-started")).toHaveLength(runs);
    expect(JSON.stringify(sandbox.port.entities())).toBe(before);
    expect(other.requests.pagerduty.byRoute["GET /incidents"]).toBeUndefined();

    file.put("own");
    pass(61_000);
    await waitUntil(() => sandbox.port.entity("pagerdutyService", id)?.title === "New");
    await setting.settle();
    expect(sandbox.port.entity("pagerdutyService", String(changed))?.title).toBe("Renamed");
    expect((await readBacklog(store.sql)).dead).toBe(0);
    expect(service.areHostsForeign()).toBe(false);
  }, 60_000);
}
