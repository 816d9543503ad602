import { expect, test } from "bun:test";
import type { JsonObject } from "../../json.ts";
import { failureOf } from "../../testing/failure-of.ts";
import { ScriptedPort } from "../../testing/scripted-port.ts";
import { deleteEntities } from "./delete-entities.ts";
import type { PortClient } from "./port-client.ts";
import type { PortEntity } from "./port-entity.ts";
import { watchWrites } from "./watch-writes.ts";
import { createEntityWriter } from "./write-entities.ts";

function watch(port: ScriptedPort): { client: PortClient; told: unknown[] } {
  const told: unknown[] = [];
  const client = watchWrites({
    port,
    async begin(blueprint, identifiers) {
      told.push(["begun", ...identifiers]);
      return {
        written: async (entities) => void told.push(...entities),
        deleted: async (names) => void told.push([blueprint, names]),
      };
    },
  });
  return { client, told };
}

const options = { merge: true, createMissingRelatedEntities: false };

function entityOf(identifier: PortEntity["identifier"]): PortEntity {
  return { blueprint: "a/b", identifier, properties: { x: 1 }, relations: {} };
}

test("watchWrites() tells of what Port took, and not of what it refused", async () => {
  const { client, told } = watch(
    new ScriptedPort(() => ({
      entities: [
        { index: 0, created: true, identifier: "Q1" },
        { index: 2, created: false, identifier: "found" },
      ],
      errors: [{ index: 1, statusCode: 422, message: "wrong" }],
    })),
  );
  const search = { combinator: "and", rules: [] };
  const entities = [entityOf("Q1"), entityOf("Q2"), entityOf(search)];
  await createEntityWriter({ port: client, ...options }).write(entities);
  expect(told).toEqual([
    ["begun", "Q1", "Q2"],
    { blueprint: "a/b", identifier: "Q1", created: true, entity: { ...entities[0] } },
    { blueprint: "a/b", identifier: "found", created: false, entity: { ...entities[2] } },
  ]);
});

test("watchWrites() tells of what Port deleted", async () => {
  const { client, told } = watch(
    new ScriptedPort((what): JsonObject =>
      what.endsWith("/delete") ? { deletedEntities: ["Q1"] } : { entities: [] },
    ),
  );
  await deleteEntities(client, "a/b", ["Q1", "Q2"]);
  expect(told).toEqual([
    ["begun", "Q1", "Q2"],
    ["a/b", ["Q1"]],
  ]);
});

test("watchWrites() says nothing of readings, and of no end of writes that failed", async () => {
  const { client, told } = watch(new ScriptedPort((what) => (what.startsWith("GET") ? {} : 500)));
  await client.send({ method: "GET", path: "/blueprints/a/entities/bulk" });
  await failureOf(createEntityWriter({ port: client, ...options }).write([entityOf("Q1")]));
  expect(told).toEqual([["begun", "Q1"]]);
});
