import { expect, test } from "bun:test";
import type { JsonObject } from "../json.ts";
import type { Entity } from "../map/entity.ts";
import type { EntityWriter, WriteOutcome } from "../sink/port/write-entities.ts";
import { CatalogWriter } from "./catalog-writer.ts";

function entityOf(identifier: string, properties: JsonObject = {}): Entity {
  return { blueprint: "schedule", identifier, properties, relations: {} };
}

function answer(entity: Entity): WriteOutcome {
  const identifier = typeof entity.identifier === "string" ? entity.identifier : "";
  if (identifier === "C") {
    return { entity, written: false, status: 422, error: "invalid", reason: "no" };
  }
  return { entity, written: true, created: identifier === "B", identifier };
}

test("CatalogWriter.countAdded() counts what a relation made first, once, and nothing that was refused", async () => {
  // Port says `updated` of what an on-call's relation has made a moment ago.
  const writer: EntityWriter = {
    write: (entities) => Promise.resolve(entities.map(answer)),
  };
  const catalog = new CatalogWriter({ writer, owned: new Map(), merge: true });
  await catalog.write(["A", "B", "C"].map((identifier) => entityOf(identifier)));
  await catalog.write([entityOf("A", { later: true })]);
  expect(catalog.counts.get("schedule")).toMatchObject({ created: 1, updated: 2 });
  expect(catalog.countAdded("schedule")).toBe(2);
  expect(catalog.countAdded("service")).toBe(0);
});
