import { expect, test } from "bun:test";
import { approvePlan, listPlans, rejectPlan, type Store } from "@pagerport/core";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";
import { startPolicyAccount } from "../deletion/policy-account.ts";
import { startSyncSetting } from "../support/run-sync.ts";

const renamed = { kinds: ["services"], identifier: { services: '"s-" + .id' } } as const;
const hour = 3_600_000;

test("an event that comes before a mapping that renames was looked at makes no plan by which its service could go", async () => {
  let store: Store | undefined;
  await using account = await startPolicyAccount({
    account: { services: 15 },
    mapping: { kinds: ["services"] },
    liveMapping: renamed,
    blueprint: "pagerdutyService",
    open: async (options) => {
      store = await openTestStore(options);
      return store;
    },
    remembers: true,
  });
  const listServices = (): string[] =>
    [...account.sandbox.port.entities()]
      .filter(({ blueprint }) => blueprint === "pagerdutyService")
      .map(({ identifier }) => identifier);
  expect(listServices()).toHaveLength(15);
  account.sandbox.pagerduty.renameService(account.services()[0] ?? "", "Renamed");
  await account.settle();
  if (store === undefined) throw new Error("No store was opened");
  for (const { id } of await listPlans(store.sql)) await approvePlan(store.sql, { id, by: "ana" });
  await account.change(renamed);
  await account.run({ hours: 1 });
  expect(listServices()).toHaveLength(15);
  const plans = await listPlans(store.sql);
  expect(plans).toMatchObject([{ sort: "mapping", entities: 15 }]);
  await approvePlan(store.sql, { id: plans[0]?.id ?? 0, by: "ana" });
  await account.run({ hours: 1 });
  expect(listServices().toSorted()).toEqual(
    account
      .services()
      .map((id) => `s-${id}`)
      .toSorted(),
  );
});

const withCards = `
createMissingRelatedEntities: false
deleteDependentEntities: true
resources:
  - kind: services
    selector: {query: 'true'}
    port:
      entity:
        mappings: {identifier: .id, blueprint: '"svc"', title: .name}
  - kind: services
    selector: {query: 'true'}
    port:
      entity:
        mappings: {identifier: .id, blueprint: '"card"', title: .name, relations: {service: .id}}
`;

test("what was rejected does not go along with what it cannot be without", async () => {
  const relations = { service: { title: "s", target: "svc", required: true, many: false } };
  const schema = { properties: {}, required: [] };
  await using setting = await startSyncSetting(
    { services: 15, incidents: 0, users: 6, schedules: 2, now: "2026-06-30T12:00:00Z" },
    [
      { identifier: "svc", title: "svc", schema, relations: {} },
      { identifier: "card", title: "card", schema, relations },
    ],
  );
  const { sandbox, store } = setting;
  const ids = [...sandbox.pagerduty.allServices()].map(({ id }) => id);
  const run = () => {
    sandbox.clock.advance(hour);
    return setting.sync({ mapping: withCards });
  };
  const count = (name: string): number =>
    [...sandbox.port.entities()].filter(({ blueprint }) => blueprint === name).length;
  await run();
  const lost = ids.slice(0, 8);
  sandbox.configure({ unlisted: lost, missing: lost });
  await run();
  await run();
  const plans = await listPlans(store.sql);
  const idOf = (name: string): number => plans.find((one) => one.blueprint === name)?.id ?? 0;
  await rejectPlan(store.sql, { id: idOf("card"), by: "ana" });
  await approvePlan(store.sql, { id: idOf("svc"), only: lost.slice(0, 2), by: "ana" });
  await run();
  expect([count("svc"), count("card")]).toEqual([15, 15]);
});

test("what was rejected is withheld by no guard either", async () => {
  await using setting = await startSyncSetting({
    services: 15,
    incidents: 0,
    users: 6,
    schedules: 2,
    now: "2026-06-30T12:00:00Z",
  });
  const { sandbox, store } = setting;
  const run = () => {
    sandbox.clock.advance(hour);
    return setting.sync();
  };
  await run();
  const lost = [...sandbox.pagerduty.allServices()].slice(0, 8).map(({ id }) => id);
  sandbox.configure({ unlisted: lost, missing: lost });
  await run();
  await run();
  const [plan] = await listPlans(store.sql);
  await rejectPlan(store.sql, { id: plan?.id ?? 0, by: "ana" });
  sandbox.configure({ refused: { services: 503 } });
  const report = await run();
  const services = report.blueprints.find(({ blueprint }) => blueprint === "pagerdutyService");
  expect(services).toMatchObject({ withheld: 7, waiting: 8 });
});

test("a plan ends where Port has nothing of its blueprint any more", async () => {
  await using setting = await startSyncSetting({
    services: 15,
    incidents: 0,
    users: 6,
    schedules: 2,
    now: "2026-06-30T12:00:00Z",
  });
  const { sandbox, store } = setting;
  const run = () => {
    sandbox.clock.advance(hour);
    return setting.sync();
  };
  await run();
  const all = [...sandbox.pagerduty.allServices()].map(({ id }) => id);
  sandbox.configure({ unlisted: all, missing: all });
  await run();
  await run();
  expect((await listPlans(store.sql)).map(({ blueprint }) => blueprint)).toContain(
    "pagerdutyService",
  );
  for (const id of all) {
    await setting.port.send({
      method: "DELETE",
      path: `/blueprints/pagerdutyService/entities/${id}`,
      query: { delete_dependents: false },
      as: "exporter",
    });
  }
  await run();
  expect(await listPlans(store.sql)).toEqual([]);
});
