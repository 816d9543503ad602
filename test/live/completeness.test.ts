import { expect, test } from "bun:test";
import { type JsonObject, readDefaultFile, type SyncServiceOptions } from "@pagerport/core";
import { listDrift } from "../support/list-drift.ts";
import { type ServiceSetting, startServiceSetting } from "../support/run-service.ts";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";
import { openTestStore } from "../../packages/core/src/testing/open-test-store.ts";

const small = { services: 4, incidents: 10, schedules: 1, users: 4 } as const;

const day = 86_400_000;

/** A mapping of services and incidents by whatever names they are given. */
function mapBoth({
  service = ".id",
  incidents = [""],
  flags = "",
}: {
  readonly service?: string;
  /** What more the selector of each resource of incidents says. */
  readonly incidents?: readonly string[];
  readonly flags?: string;
}): string {
  const ofIncidents = incidents.map(
    (selector) => `
  - kind: incidents
    selector: { ${selector === "" ? 'query: "true"' : selector} }
    port: { entity: { mappings: {
      identifier: .id, title: .title, blueprint: '"pagerdutyIncident"',
      properties: { status: .status, urgency: .urgency },
      relations: { pagerdutyService: .service.id } } } }`,
  );
  return `${flags}
resources:
  - kind: services
    selector: { query: "true" }
    port: { entity: { mappings: {
      identifier: '${service}', title: .name, blueprint: '"pagerdutyService"',
      properties: { status: .status } } } }${ofIncidents.join("")}`;
}

function firstService({ sandbox }: ServiceSetting): string {
  return String([...sandbox.pagerduty.allServices()][0]?.id);
}

function outcomesOf({ events }: ServiceSetting, key: string): unknown[] {
  return events.flatMap((event) =>
    event.type === "processed" && event.key === key ? [event.outcome] : [],
  );
}

/** Moves the store's clock and the sandbox's; what waits in the store is looked at then. */
class StoreTime {
  ahead = 0;

  readonly shift = (): number => this.ahead;

  async pass({ sandbox, service, store }: ServiceSetting, milliseconds: number): Promise<void> {
    this.ahead += milliseconds;
    sandbox.clock.advance(milliseconds);
    service.wake();
    for (;;) {
      const { sql } = store;
      const [busy] = await sql.all(
        `SELECT (SELECT count(*) FROM inbox_key)
        + (SELECT count(*) FROM inbox WHERE state = 'waiting' AND next_attempt <= ${sql.now}) AS count`,
      );
      if (Number(busy?.["count"]) === 0) return;
      await Bun.sleep(2);
    }
  }
}

test("after a live event an entity has every field that a resync gives it", async () => {
  const rich = readDefaultFile("mapping.yaml")
    .replaceAll("include: [assignees]", "include: [assignees, priorities]")
    .replaceAll('query: "true"', 'query: "true"\n      includeCustomFields: true')
    .replaceAll(
      "description: .description",
      "description: '[.__custom_fields[]?.value | tostring] | join(\" \")'",
    );
  const mapping = rich.replace(
    /(kind: (?:escalation_policies|schedules|users|oncalls)\n\s+selector:\n\s+query: "true")\n\s+includeCustomFields: true/g,
    "$1",
  );
  // Means that PagerDuty computes of incidents after they end are no matter of events.
  const analytics = { ...small, analyticsLagSeconds: 86_400 };
  await using setting = await startServiceSetting(analytics, { mapping });
  const { sandbox } = setting;
  await sandbox.playDay({ incidents: 12, services: 3, hours: 0 });
  await setting.settle();
  expect(await listDrift(sandbox, mapping)).toEqual([]);
  const [entity] = sandbox.port.entities("pagerdutyIncident").slice(-1);
  expect(String(entity?.properties["description"])).toContain("[");
});

const leaving: readonly (readonly [string, readonly string[], boolean])[] = [
  ["a filter", ['query: "true", apiQueryParams: { date_range: all, urgencies: [high] }'], true],
  ["a selector", [`query: '.urgency == "high"'`], true],
  [
    "a filter, but not that of another resource",
    [
      'query: "true", apiQueryParams: { date_range: all, urgencies: [high] }',
      'query: "true", apiQueryParams: { date_range: all, urgencies: [low] }',
    ],
    false,
  ],
  [
    "a selector, but not that of another resource",
    [`query: '.urgency == "high"'`, 'query: "true"'],
    false,
  ],
];

test.each(leaving)(
  "an incident that leaves %s has an entity only where something produces it",
  async (_what, incidents, isGone) => {
    const mapping = mapBoth({ incidents });
    await using setting = await startServiceSetting(small, { mapping });
    const { sandbox } = setting;
    const id = sandbox.pagerduty.createIncident({ serviceId: firstService(setting) });
    sandbox.pagerduty.changeUrgency(id, "high");
    sandbox.pagerduty.annotateIncident(id, "Note");
    await setting.settle();
    expect(sandbox.port.entity("pagerdutyIncident", id)?.properties["urgency"]).toBe("high");
    sandbox.pagerduty.changeUrgency(id, "low");
    sandbox.pagerduty.annotateIncident(id, "Not so bad");
    await setting.settle();
    const left = sandbox.port.entity("pagerdutyIncident", id);
    expect(left?.properties["urgency"]).toBe(isGone ? undefined : "low");
    expect(await listDrift(sandbox, mapping)).toEqual([]);
  },
);

test("an incident of 50 days ago shows resolved when it is, and after the next full run too", async () => {
  await using setting = await startServiceSetting(small);
  const { sandbox } = setting;
  const at = new Date(testClock.now() - 50 * day).toISOString();
  const id = sandbox.pagerduty.createIncident({ serviceId: firstService(setting), at });
  await setting.settle();
  const status = (): unknown => sandbox.port.entity("pagerdutyIncident", id)?.properties["status"];
  expect(status()).toBe("triggered");
  sandbox.pagerduty.resolveIncident(id);
  await setting.settle();
  expect(status()).toBe("resolved");
  await setting.service.requestResync("full", "the test wants it");
  await setting.settle();
  expect(status()).toBe("resolved");
});

const names = [
  ["its id", ".id"],
  ["another field than its id", '"svc-" + (.name | ascii_downcase | gsub(" "; "-"))'],
] as const;

test.each(names)(
  "service.deleted takes what the service produced, named by %s",
  async (_, name) => {
    const mapping = mapBoth({ service: name, flags: "createMissingRelatedEntities: true" });
    await using setting = await startServiceSetting(small, { mapping });
    const { sandbox } = setting;
    const before = sandbox.port.entities("pagerdutyService").length;
    const id = sandbox.pagerduty.createService({ name: "Short Lived" });
    await setting.settle();
    expect(sandbox.port.entities("pagerdutyService").length).toBe(before + 1);
    sandbox.pagerduty.deleteService(id);
    await setting.settle();
    expect(sandbox.port.entities("pagerdutyService").map(({ title }) => title)).not.toContain(
      "Short Lived",
    );
    expect(outcomesOf(setting, `services/${id}`).at(-1)).toEqual({ outcome: "deleted" });
  },
);

test("service.deleted takes the service's entity that the store knows nothing of", async () => {
  const mapping = mapBoth({});
  await using setting = await startServiceSetting(small, { mapping });
  const { sandbox, store } = setting;
  const id = sandbox.pagerduty.createService({ name: "Short Lived" });
  await setting.settle();
  await store.sql.run("DELETE FROM produced");
  sandbox.pagerduty.deleteService(id);
  await setting.settle();
  expect(sandbox.port.entity("pagerdutyService", id)).toBeUndefined();
});

test("service.deleted makes a stub of what incidents relate to, and says so", async () => {
  const mapping = mapBoth({ flags: "createMissingRelatedEntities: true" });
  await using setting = await startServiceSetting(small, { mapping });
  const { sandbox } = setting;
  const id = sandbox.pagerduty.createService({ name: "Related" });
  sandbox.pagerduty.createIncident({ serviceId: id });
  await setting.settle();
  sandbox.pagerduty.deleteService(id);
  await setting.settle();
  expect(sandbox.port.entity("pagerdutyService", id)?.title).toBe("Related");
  const stubbed = [{ blueprint: "pagerdutyService", identifier: id }];
  expect(outcomesOf(setting, `services/${id}`).at(-1)).toEqual({ outcome: "deleted", stubbed });
});

test("service.deleted is tried again where the journal cannot be written", async () => {
  let isFull = true;
  const createJournal: SyncServiceOptions["createJournal"] = () => ({
    append: () => undefined,
    flush: () => (isFull ? Promise.reject(new Error("The disk is full")) : Promise.resolve()),
  });
  const time = new StoreTime();
  await using store = await openTestStore({ shiftClock: time.shift });
  await using setting = await startServiceSetting(small, {
    mapping: mapBoth({}),
    store,
    createJournal,
  });
  const { sandbox } = setting;
  const id = sandbox.pagerduty.createService({ name: "Short Lived" });
  await setting.settle();
  sandbox.pagerduty.deleteService(id);
  await sandbox.webhooks.settled();
  await time.pass(setting, 0);
  expect(sandbox.port.entity("pagerdutyService", id)).toBeDefined();
  expect(outcomesOf(setting, `services/${id}`).at(-1)).toMatchObject({ outcome: "failed" });
  isFull = false;
  await time.pass(setting, 10_000);
  expect(sandbox.port.entity("pagerdutyService", id)).toBeUndefined();
  expect(outcomesOf(setting, `services/${id}`).at(-1)).toEqual({ outcome: "deleted" });
});

test("a service that is renamed leaves no entity of its old name", async () => {
  const mapping = mapBoth({ service: '.name | gsub(" "; "_")', incidents: [] });
  await using setting = await startServiceSetting(small, { mapping });
  const { sandbox } = setting;
  const id = sandbox.pagerduty.createService({ name: "Old" });
  await setting.settle();
  sandbox.pagerduty.renameService(id, "New");
  await setting.settle();
  expect(sandbox.port.entity("pagerdutyService", "Old")).toBeUndefined();
  expect(sandbox.port.entity("pagerdutyService", "New")).toBeDefined();
  expect(await listDrift(sandbox, mapping)).toEqual([]);
});

test("an incident that PagerDuty goes on not to show loses nothing", async () => {
  const time = new StoreTime();
  await using store = await openTestStore({ shiftClock: time.shift });
  await using setting = await startServiceSetting(small, { mapping: mapBoth({}), store });
  const { sandbox } = setting;
  const id = sandbox.pagerduty.createIncident({ serviceId: firstService(setting) });
  await setting.settle();
  const before = sandbox.port.entity("pagerdutyIncident", id);
  sandbox.configure({ refuse: (path) => (path.includes(`/incidents/${id}`) ? 404 : undefined) });
  sandbox.pagerduty.resolveIncident(id);
  await sandbox.webhooks.settled();
  await time.pass(setting, 0);
  const outcomes = (): unknown[] =>
    outcomesOf(setting, `incidents/${id}`).map((outcome) =>
      Reflect.get(Object(outcome), "outcome"),
    );
  expect(outcomes().at(-1)).toBe("postponed");
  for (let second = 0; second < 40; second += 5) await time.pass(setting, 5000);
  expect(outcomes().at(-1)).toBe("not-visible");
  expect(sandbox.port.entity("pagerdutyIncident", id)).toEqual(
    before as typeof before & JsonObject,
  );
});

test("a new service that the API shows 10 s later arrives, and nothing else waits for it", async () => {
  const time = new StoreTime();
  await using store = await openTestStore({ shiftClock: time.shift });
  await using setting = await startServiceSetting(
    { ...small, creationLagSeconds: 10 },
    { mapping: mapBoth({}), store, concurrency: 1 },
  );
  const { sandbox } = setting;
  const id = sandbox.pagerduty.createService({ name: "New" });
  const incident = sandbox.pagerduty.createIncident({ serviceId: firstService(setting) });
  await sandbox.webhooks.settled();
  await time.pass(setting, 0);
  expect(sandbox.port.entity("pagerdutyIncident", incident)).toBeDefined();
  expect(sandbox.port.entity("pagerdutyService", id)).toBeUndefined();
  let waited = 0;
  while (sandbox.port.entity("pagerdutyService", id) === undefined && waited < 40) {
    await time.pass(setting, 1000);
    waited += 1;
  }
  // Asked again after 1, 2, 4, 8 and 16 s.
  expect(waited).toBeWithin(10, 18);
  expect(sandbox.port.entity("pagerdutyService", id)?.title).toBe("New");
});
