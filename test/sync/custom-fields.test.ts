import { expect, test } from "bun:test";
import type { Sandbox } from "@pagerport/cli/sandbox";
import { createMapper, type PagerDutyClient, parseMapping, verifyCatalog } from "@pagerport/core";
import { connectSandboxPagerDuty, integrationIdentifier } from "../support/connect-sandbox.ts";
import { fieldsBlueprint, fieldsMapping as mapping } from "../support/custom-fields-mapping.ts";
import { startSyncSetting, type SyncSetting } from "../support/run-sync.ts";
import { refuse } from "../../packages/core/src/testing/scripted-pagerduty.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";

const hour = 3_600_000;

function start(services: number): Promise<SyncSetting> {
  return startSyncSetting({ services, incidents: 0, schedules: 0, users: 1 }, [fieldsBlueprint]);
}

function listServices({ pagerduty }: Sandbox): string[] {
  return [...pagerduty.allServices()].map(({ id }) => id);
}

function changeAll(sandbox: Sandbox, environment: string): void {
  for (const id of listServices(sandbox)) sandbox.pagerduty.changeCustomFields(id, { environment });
}

function countWith({ port }: Sandbox, environment: string): number {
  return port
    .entities("service")
    .filter(({ properties }) => properties["environment"] === environment).length;
}

/** PagerDuty as it is, but for the custom fields of some. */
function refuseFields(sandbox: Sandbox, isRefused: (path: string) => boolean): PagerDutyClient {
  const client = connectSandboxPagerDuty(sandbox);
  return {
    ...client,
    get: (path, query, signal) => {
      if (!path.endsWith("/custom_fields/values") || !isRefused(path)) {
        return client.get(path, query, signal);
      }
      return Promise.reject(refuse(403, path, "Forbidden"));
    },
  };
}

test("resync() finds a custom field that changed where its service does not tell, in the next full run", async () => {
  await using setting = await start(5);
  const { sandbox } = setting;
  await setting.sync({ mapping });
  const before = [...sandbox.pagerduty.allServices()].map((service) => service["updated_at"]);
  changeAll(sandbox, "moved");
  expect([...sandbox.pagerduty.allServices()].map((service) => service["updated_at"])).toEqual(
    before,
  );
  const { blueprints } = await setting.sync({ mapping });
  expect(blueprints).toMatchObject([{ updated: 5 }]);
  expect(countWith(sandbox, "moved")).toBe(5);
});

test("resync() asks for 200 values of many again, and for all that verify finds to differ", async () => {
  await using setting = await start(500);
  const { sandbox, store, port } = setting;
  await setting.sync({ mapping });
  changeAll(sandbox, "moved");
  await setting.sync({ mapping });
  expect(countWith(sandbox, "moved")).toBe(200);
  sandbox.clock.advance(hour);
  await using mapper = createMapper(await parseMapping(mapping));
  const report = await verifyCatalog({
    pagerDuty: connectSandboxPagerDuty(sandbox),
    port,
    store,
    clock: testClock,
    mapper,
    integrationIdentifier,
    agedIncidents: "keep",
  });
  expect(report.changed).toHaveLength(300);
  await setting.sync({ mapping });
  expect(countWith(sandbox, "moved")).toBe(500);
});

test("resync() leaves out the values of the one service that is refused, and says which", async () => {
  await using setting = await start(40);
  const { sandbox } = setting;
  changeAll(sandbox, "staging");
  await setting.sync({ mapping });
  changeAll(sandbox, "moved");
  const one = listServices(sandbox)[7] ?? "";
  const pagerDuty = refuseFields(sandbox, (path) => path.includes(`/${one}/`));
  const { unfinished, blueprints } = await setting.sync({ mapping, pagerDuty });
  expect(blueprints).toMatchObject([{ updated: 39, deleted: 0 }]);
  expect(unfinished).toEqual([expect.stringContaining(`/services/${one}/custom_fields/values`)]);
  expect(sandbox.port.entity("service", one)?.properties).toEqual({ environment: "staging" });
  await setting.sync({ mapping });
  expect(countWith(sandbox, "moved")).toBe(40);
});

test("resync() of values that are all refused keeps them as they are, and asks about a few", async () => {
  await using setting = await start(120);
  const { sandbox } = setting;
  changeAll(sandbox, "staging");
  await setting.sync({ mapping });
  let asked = 0;
  const pagerDuty = refuseFields(sandbox, () => {
    asked += 1;
    return true;
  });
  const { unfinished, blueprints } = await setting.sync({ mapping, pagerDuty });
  expect(blueprints).toMatchObject([{ updated: 0, deleted: 0 }]);
  expect(unfinished).toHaveLength(1);
  expect(asked).toBeLessThanOrEqual(32);
  expect(countWith(sandbox, "staging")).toBe(120);
});
