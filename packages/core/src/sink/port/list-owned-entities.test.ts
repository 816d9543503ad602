import { expect, test } from "bun:test";
import type { Json, JsonObject } from "../../json.ts";
import { listOwnedEntities, searchOwnedEntities } from "./list-owned-entities.ts";
import { failureOf } from "../../testing/failure-of.ts";
import type { PortClient, PortRequest } from "./port-client.ts";
import { readEntity, type StoredEntity } from "./stored-entity.ts";

function createScripted(pages: readonly JsonObject[]): {
  port: PortClient;
  requests: PortRequest[];
} {
  const requests: PortRequest[] = [];
  const port: PortClient = {
    send(request) {
      requests.push(request);
      const body = pages[requests.length - 1] ?? {};
      return Promise.resolve({ status: 200, body, date: undefined });
    },
  };
  return { port, requests };
}

async function collect(pages: AsyncIterable<StoredEntity[]>): Promise<StoredEntity[]> {
  const all: StoredEntity[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

test("listOwnedEntities() follows the cursor to the end", async () => {
  const { port, requests } = createScripted([
    { entities: [{ identifier: "a", blueprint: "b", properties: { x: 1 } }], next: "cursor-1" },
    { entities: [{ identifier: "c", blueprint: "d", updatedAt: "2026-01-02T03:04:05.000Z" }] },
  ]);
  const entities = await collect(listOwnedEntities(port, { integrationIdentifier: "mine" }));
  expect(entities).toMatchObject([
    { identifier: "a", blueprint: "b", updatedAt: undefined, content: { properties: { x: 1 } } },
    { identifier: "c", blueprint: "d", updatedAt: 1_767_323_045_000, content: undefined },
  ]);
  expect(requests[0]?.body).toEqual({
    datasource_prefix: "port-ocean/pagerduty/",
    datasource_suffix: "/mine/exporter",
    limit: 5000,
  });
  expect(requests[1]?.body).toMatchObject({ from: "cursor-1" });
  // What was written a moment ago is seen too.
  expect(requests[0]?.body).not.toHaveProperty("before");
});

test("listOwnedEntities() asks for the next page while one is looked at, and tells its error in turn", async () => {
  const { port, requests } = createScripted([{ entities: [], next: "cursor-1" }]);
  const failing: PortClient = {
    async send(request) {
      const answer = await port.send(request);
      if (requests.length > 1) throw new Error("Refused");
      return answer;
    },
  };
  const pages = listOwnedEntities(failing, { integrationIdentifier: "mine" });
  expect((await pages.next()).value).toEqual([]);
  expect(requests).toHaveLength(2);
  // Nobody has waited for it yet: that alone must end nothing.
  await new Promise((resolve) => setTimeout(resolve));
  expect((await failureOf(pages.next())).message).toBe("Refused");
});

test("searchOwnedEntities() asks for one blueprint's fields, a thousand a page", async () => {
  const { port, requests } = createScripted([
    { entities: [{ identifier: "a", title: "A" }], next: "n" },
    { entities: [{ identifier: "b", title: "B" }] },
  ]);
  const options = { blueprint: "a b", integrationIdentifier: "mine", fields: ["properties.x"] };
  const entities = await collect(searchOwnedEntities(port, options));
  expect(entities.map(({ blueprint, identifier }) => `${blueprint}:${identifier}`)).toEqual([
    "a b:a",
    "a b:b",
  ]);
  expect(requests[0]).toMatchObject({
    path: "/blueprints/a%20b/entities/search",
    body: {
      limit: 1000,
      include: ["identifier", "blueprint", "createdAt", "updatedAt", "properties.x"],
    },
  });
});

test("readEntity() refuses what is no entity", () => {
  const rows: readonly Json[] = [
    null,
    1,
    [],
    {},
    { identifier: "a" },
    { identifier: {}, blueprint: "b" },
  ];
  for (const row of rows) expect(readEntity(row)).toBeUndefined();
});

test.each<JsonObject>([{}, { entities: null }, { entities: {} }])(
  "listOwnedEntities() and searchOwnedEntities() take an answer %j for an error",
  async (body) => {
    const owned = listOwnedEntities(createScripted([body]).port, { integrationIdentifier: "mine" });
    expect((await failureOf(collect(owned))).message).toBe(
      "Port's answer holds no list of entities: POST /v1/blueprints/entities/datasource-entities",
    );
    const search = { blueprint: "a b", integrationIdentifier: "mine", fields: [] };
    const found = searchOwnedEntities(createScripted([body]).port, search);
    expect((await failureOf(collect(found))).message).toBe(
      "Port's answer holds no list of entities: POST /v1/blueprints/a%20b/entities/search",
    );
  },
);
