import { expect, test } from "bun:test";
import type { SandboxOptions } from "@pagerport/cli/sandbox";
import type { JsonObject } from "@pagerport/core";
import { startSyncSetting, sumActions } from "../support/run-sync.ts";
import { watchWrites } from "../support/watch-traffic.ts";

const small: SandboxOptions = { services: 20, incidents: 200, schedules: 5, users: 8 };

/** A blueprint with properties of any type, and relations as `[name, target, isMany]`. */
function createBlueprint(
  identifier: string,
  properties: Readonly<Record<string, string>>,
  relations: readonly (readonly [name: string, target: string, isMany?: boolean])[] = [],
): JsonObject {
  return {
    identifier,
    title: identifier,
    schema: {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, type]) => [name, { type }]),
      ),
      required: [],
    },
    relations: Object.fromEntries(
      relations.map(([name, target, many = false]) => [name, { target, many, required: false }]),
    ),
  };
}

interface Mapped {
  readonly kind: string;
  readonly blueprint: string;
  readonly identifier?: string;
  readonly selector?: JsonObject;
  /** `icon`, `properties`, `relations`. */
  readonly fields?: JsonObject;
}

function writeMapping(resources: readonly Mapped[], flags: JsonObject = {}): string {
  return JSON.stringify({
    ...flags,
    resources: resources.map(
      ({ kind, blueprint, identifier = ".id", selector = {}, fields = {} }) => ({
        kind,
        selector: { query: "true", ...selector },
        port: {
          entity: {
            mappings: { identifier, title: ".name", blueprint: `"${blueprint}"`, ...fields },
          },
        },
      }),
    ),
  });
}

const unrelated = { createMissingRelatedEntities: false };

test("resync() writes what relates in circles, to itself and forward, without making stubs", async () => {
  await using setting = await startSyncSetting(small, [
    createBlueprint("policy", {}),
    createBlueprint("service", {}, [["policy", "policy"]]),
    createBlueprint("policy", {}, [["services", "service", true]]),
    createBlueprint("person", {}, [
      ["next", "person"],
      ["self", "person"],
    ]),
  ]);
  const { pagerduty, port } = setting.sandbox;
  // A chain against the order of the list, and a ring of the rest.
  const ids = (await pagerduty.list("/users")).map(({ id }) => String(id));
  const nextOf = new Map(
    ids.map((id, at) => [id, at === 4 ? null : (ids[at + 1] ?? ids[5] ?? "")]),
  );
  for (const [id, next] of nextOf) pagerduty.changeObject(id, { next });
  const mapping = writeMapping(
    [
      {
        kind: "services",
        blueprint: "service",
        fields: { relations: { policy: ".escalation_policy.id" } },
      },
      {
        kind: "escalation_policies",
        blueprint: "policy",
        fields: { relations: { services: "[.services[].id]" } },
      },
      { kind: "users", blueprint: "person", fields: { relations: { next: ".next", self: ".id" } } },
    ],
    unrelated,
  );
  const first = await setting.sync({ mapping });
  expect([first.unfinished, first.refused]).toEqual([[], []]);
  const services = [...pagerduty.allServices()];
  expect(
    Object.fromEntries(
      port.entities("service").map((one) => [one.identifier, one.relations["policy"]]),
    ),
  ).toEqual(Object.fromEntries(services.map((one) => [one.id, one.escalation_policy.id])));
  for (const { identifier, relations } of port.entities("policy")) {
    const expected = services.filter((one) => one.escalation_policy.id === identifier);
    expect([relations["services"]].flat().map(String).toSorted()).toEqual(
      expected.map(({ id }) => id).toSorted(),
    );
  }
  expect(
    Object.fromEntries(port.entities("person").map((one) => [one.identifier, one.relations])),
  ).toEqual(Object.fromEntries(ids.map((id) => [id, { next: nextOf.get(id) ?? null, self: id }])));
  expect(sumActions(first)).toMatchObject({ created: port.entityCount });

  const writes = setting.countWrites();
  const second = await setting.sync({ mapping });
  expect(sumActions(second)).toEqual({
    created: 0,
    updated: 0,
    unchanged: port.entityCount,
    deleted: 0,
  });
  expect(setting.countWrites()).toBe(writes);
});

test("resync() with one bad identifier among 20 writes the other 19", async () => {
  await using setting = await startSyncSetting(small, [createBlueprint("service", {})]);
  const { pagerduty, port } = setting.sandbox;
  const [odd, ...others] = [...pagerduty.allServices()].map(({ id }) => id);
  pagerduty.changeObject(odd ?? "", { key: "no identifier of Port's!" });
  expect(others).toHaveLength(19);
  const mapping = writeMapping([
    { kind: "services", blueprint: "service", identifier: ".key // .id" },
  ]);
  const report = await setting.sync({ mapping });
  const written = port.entities("service").map(({ identifier }) => identifier);
  expect(written.toSorted()).toEqual(others.toSorted());
  expect(report.refused).toMatchObject([
    { blueprint: "service", identifier: "no identifier of Port's!", status: 422 },
  ]);
  expect(report.unfinished).toHaveLength(1);
  expect(sumActions(report)).toMatchObject({ created: 19, deleted: 0 });
  // It is tried again, alone.
  const writes = setting.countWrites();
  expect(sumActions(await setting.sync({ mapping }))).toMatchObject({ created: 0, unchanged: 19 });
  expect(setting.countWrites()).toBe(writes + 1);
});

test.each<[string, JsonObject, JsonObject, JsonObject]>([
  ["icon", { symbol: "Service" }, { symbol: "Bug" }, { icon: "Bug" }],
  [
    "array's order",
    { words: ["one", "two"] },
    { words: ["two", "one"] },
    { properties: { words: ["two", "one"] } },
  ],
  [
    "relations' order",
    { friends: ["b", "c"] },
    { friends: ["c", "b"] },
    { relations: { friends: ["c", "b"] } },
  ],
])("resync() writes one entity where one %s changes", async (_name, before, after, expected) => {
  await using setting = await startSyncSetting(small, [
    createBlueprint("friend", {}),
    createBlueprint("service", { words: "array" }, [["friends", "friend", true]]),
  ]);
  const { pagerduty, port } = setting.sandbox;
  for (const identifier of ["b", "c"]) port.editEntity("friend", identifier, {});
  const ids = [...pagerduty.allServices()].map(({ id }) => id);
  for (const id of ids) pagerduty.changeObject(id, before);
  const mapping = writeMapping([
    {
      kind: "services",
      blueprint: "service",
      fields: {
        icon: ".symbol",
        properties: { words: ".words" },
        relations: { friends: ".friends" },
      },
    },
  ]);
  await setting.sync({ mapping });
  pagerduty.changeObject(ids[3] ?? "", after);
  const watched = watchWrites(setting.port);
  const report = await setting.sync({ mapping, port: watched });
  expect(sumActions(report)).toEqual({ created: 0, updated: 1, unchanged: 19, deleted: 0 });
  expect(watched.written.map(({ identifier }) => identifier)).toEqual([ids[3] ?? ""]);
  expect(port.entity("service", ids[3] ?? "")).toMatchObject(expected);
});

test("resync() with two resources that each write a part of an entity writes it whole, once", async () => {
  await using setting = await startSyncSetting(small, [
    createBlueprint("service", { status: "string", address: "string" }),
  ]);
  const mapping = writeMapping([
    { kind: "services", blueprint: "service", fields: { properties: { status: ".status" } } },
    { kind: "services", blueprint: "service", fields: { properties: { address: ".html_url" } } },
  ]);
  const watched = watchWrites(setting.port);
  const report = await setting.sync({ mapping, port: watched });
  expect(report.unfinished).toEqual([]);
  for (const { identifier, properties } of setting.sandbox.port.entities("service")) {
    const service = setting.sandbox.pagerduty.service(identifier);
    expect(properties).toEqual({ status: service?.status, address: service?.html_url });
  }
  expect(watched.written).toHaveLength(20);
  expect(sumActions(await setting.sync({ mapping }))).toMatchObject({ created: 0, updated: 0 });
});

/** What happens to an incident, one after the other. */
const course = ["triggered", "resolved", "reopened"] as const;

test.each([
  // While both resources of incidents are read: all three requests.
  ["/incidents?", 1],
  ...Array.from({ length: 12 }, (_, place) => ["/", place + 1] as const),
])(
  "resync() with an incident that changes at three requests to '%s' from the %i. on writes its last state, each state once",
  async (prefix, from) => {
    await using setting = await startSyncSetting(small);
    const { pagerduty, port } = setting.sandbox;
    await setting.sync();
    const [service] = [...pagerduty.allServices()];
    const serviceId = String(service?.id);
    // So that something is created whenever it begins.
    let id = pagerduty.createIncident({ serviceId });
    let asked = 0;
    setting.sandbox.onRequest(({ side, path }) => {
      if (side !== "pagerduty" || !path.startsWith(prefix)) return;
      // What happens later is for the next run.
      asked = path.startsWith("/log_entries") ? Infinity : asked + 1;
      const event = course[asked - from];
      if (event === "triggered") id = pagerduty.createIncident({ serviceId });
      if (event === "resolved") pagerduty.resolveIncident(id);
      if (event === "reopened") pagerduty.reopenIncident(id);
    });
    const watched = watchWrites(setting.port);
    const report = await setting.sync({ port: watched });
    expect([report.unfinished, report.refused]).toEqual([[], []]);
    const incident = pagerduty.incident(id);
    const stored = port.entity("pagerdutyIncident", id);
    expect(stored?.properties).toMatchObject({
      status: incident?.status,
      updated_at: incident?.updated_at,
    });
    const states = watched.written
      .filter(({ identifier }) => identifier === id)
      .map((entity) => JSON.stringify(entity));
    // A change after its row was read is one more state; no state is written twice.
    expect(states).toHaveLength(new Set(states).size);
    expect(states.length).toBeLessThanOrEqual(prefix === "/" ? 4 : 2);
  },
);

test("resync() never puts an earlier state that was refused in the place of a later one", async () => {
  await using setting = await startSyncSetting(small, [
    createBlueprint("service", {}),
    createBlueprint("incident", { status: "string" }, [["service", "service"]]),
  ]);
  const { pagerduty, port } = setting.sandbox;
  const [service] = [...pagerduty.allServices()];
  const id = pagerduty.createIncident({ serviceId: String(service?.id) });
  let isResolved = false;
  setting.sandbox.onRequest(({ path }) => {
    if (isResolved || !path.startsWith("/services?")) return;
    isResolved = true;
    pagerduty.resolveIncident(id);
  });
  // Incidents are refused at first: their services come later.
  const mapping = writeMapping(
    [
      {
        kind: "incidents",
        blueprint: "incident",
        fields: { properties: { status: ".status" }, relations: { service: ".service.id" } },
      },
      { kind: "services", blueprint: "service" },
    ],
    unrelated,
  );
  const report = await setting.sync({ mapping });
  expect([report.unfinished, report.refused]).toEqual([[], []]);
  expect(isResolved).toBe(true);
  expect(port.entity("incident", id)).toMatchObject({
    properties: { status: "resolved" },
    relations: { service: service?.id },
  });
});
