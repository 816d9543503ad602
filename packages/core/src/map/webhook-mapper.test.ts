import { afterAll, expect, test } from "bun:test";
import { createJqEngine } from "./jq/engine.ts";
import type { JsonObject } from "../json.ts";
import { parseWebhookConfig } from "./parse/parse-webhook-config.ts";
import { createWebhookMapper, type WebhookResult } from "./webhook-mapper.ts";

const engine = createJqEngine();
afterAll(() => engine.close());

async function apply(
  mappings: object | readonly object[],
  body: JsonObject,
): Promise<WebhookResult> {
  const list = Array.isArray(mappings) ? mappings : [mappings];
  const config = await parseWebhookConfig(list, { engine });
  const request = {
    body,
    headers: { "x-kind": "ping" },
    queryParams: { page: "2" },
  };
  const natively = await createWebhookMapper(config, { engine }).apply(request);
  const byJq = await createWebhookMapper(config, { engine, native: false }).apply(request);
  expect(byJq).toEqual(natively);
  return natively;
}

test("apply() sees body, headers and query parameters", async () => {
  const { operations } = await apply(
    {
      blueprint: "event",
      filter: '.headers["x-kind"] == "ping" and .queryParams.page == "2"',
      entity: { identifier: ".body.id", properties: { kind: '.headers."x-kind"' } },
    },
    { id: "E1" },
  );
  expect(operations).toEqual([
    {
      operation: "create",
      entity: { identifier: "E1", blueprint: "event", properties: { kind: "ping" }, relations: {} },
    },
  ]);
});

test.each([
  ["delete", false],
  [{ type: "delete" }, false],
  [{ type: "delete", deleteDependents: true }, true],
] as const)("apply() deletes by the operation %j", async (operation, deleteDependents) => {
  const { operations } = await apply(
    { blueprint: "event", operation, entity: { identifier: ".body.id" } },
    { id: "E1" },
  );
  expect(operations).toEqual([
    { operation: "delete", blueprint: "event", identifier: "E1", deleteDependents },
  ]);
});

test("apply() makes an entity for each item, which still sees the whole body", async () => {
  const { operations, problems } = await apply(
    {
      blueprint: "event",
      itemsToParse: ".body.items",
      filter: ".item.on",
      entity: {
        identifier: ".item.id",
        properties: { of: ".body.id", count: ".body.items | length" },
      },
    },
    {
      id: "E1",
      items: [
        { id: "a", on: true },
        { id: "b", on: false },
        { id: "c", on: true },
      ],
    },
  );
  expect(problems).toEqual([]);
  expect(
    operations.map((one) => (one.operation === "create" ? one.entity.identifier : one)),
  ).toEqual(["a", "c"]);
  expect(operations[0]).toMatchObject({ entity: { properties: { of: "E1", count: 3 } } });
});

test("apply() takes no request that the filter has no true for, and tells one that fails", async () => {
  const mapping = { blueprint: "event", filter: ".body.on", entity: { identifier: ".body.id" } };
  const none = { operations: [], skipped: 0, withheld: [], problems: [] };
  expect(await apply(mapping, { id: "E1", on: false })).toEqual(none);
  expect(await apply(mapping, { id: "E1" })).toEqual(none);
  const { operations, problems, withheld } = await apply(mapping, { id: "E1", on: 1 });
  expect(operations).toEqual([]);
  expect(problems.map(({ kind, field, message }) => [kind, field, message])).toEqual([
    ["webhook", "filter", "gave a number, not true or false"],
  ]);
  expect(withheld).toEqual([{ by: "selector", identifier: "E1", blueprint: "event" }]);
});

test("apply() applies every mapping, in order, each with problems of its own", async () => {
  const { operations, problems, skipped } = await apply(
    [
      { blueprint: "a", entity: { identifier: ".body.id", properties: { x: ".body.id.x" } } },
      { blueprint: "b", entity: { identifier: ".body.none" } },
      { blueprint: "c", entity: { identifier: '.body.id | sub("E"; "F")' } },
    ],
    { id: "E1" },
  );
  expect(
    operations.map((one) => (one.operation === "create" ? one.entity.blueprint : one)),
  ).toEqual(["a", "c"]);
  expect(problems.map(({ resource, field }) => [resource, field])).toEqual([[0, "properties.x"]]);
  expect(skipped).toBe(1);
});
