import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { startPort } from "./ask-port.ts";
import { EntityStore, keyOf, type StoredEntity } from "./entity-store.ts";

const bulk = "POST /v1/blueprints/service/entities/bulk?upsert=true";
const createMissing = "&create_missing_related_entities=true";

test("what no document tells is a switch", async () => {
  await using port = await startPort({ stubsOwned: false, touchUnchanged: false });
  const { ask, sandbox } = port;
  const entities = [{ identifier: "a", title: "A", relations: { parent: "stub" } }];
  await ask(bulk + createMissing, { entities });
  expect(sandbox.port.entity("service", "stub")?.datasource).toBe("");
  const before = sandbox.port.entity("service", "a")?.updatedAt;
  sandbox.clock.advance(1000);
  await ask(bulk, { entities });
  expect(sandbox.port.entity("service", "a")?.updatedAt).toBe(before ?? "");
  sandbox.configure({ portApi: { touchUnchanged: true } });
  await ask(bulk, { entities });
  expect(sandbox.port.entity("service", "a")?.updatedAt).toBe("2026-06-30T12:00:01.000Z");

  const incident = { identifier: "i", properties: { note: "n" } };
  const path = bulk.replace("service", "incident");
  const related = { ...incident, relations: { service: "a", related: "a" } };
  expect((await ask(path, { entities: [related] })).status).toBe(200);
  sandbox.configure({ portApi: { scalarForMany: "refuse" } });
  expect((await ask(path, { entities: [related] })).status).toBe(207);

  sandbox.configure({
    portApi: { reject: () => ({ status: 422, message: "not today" }), featureFlags: ["F"] },
  });
  expect((await ask(bulk, { entities })).body.errors).toMatchObject([{ message: "not today" }]);
  expect((await ask("GET /v1/organization")).body.organization["featureFlags"]).toEqual(["F"]);
  expect(() => sandbox.configure({ portApi: { nothing: 1 } as never })).toThrow("nothing");
});

test("EntityStore knows who relates to whom, whatever was put and removed", () => {
  const id = fc.constantFrom("a", "b", "c", "d");
  const step = fc.record({ id, targets: fc.uniqueArray(id), removes: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const store = new EntityStore((entity) =>
        [entity.relations["to"] ?? []].flat().map((identifier) => ({ blueprint: "x", identifier })),
      );
      for (const { id: identifier, targets, removes } of steps) {
        const existing = store.get({ blueprint: "x", identifier });
        if (removes && existing !== undefined) store.remove(existing);
        if (!removes) store.put(entityOf(identifier, targets, existing, store));
      }
      for (const target of ["a", "b", "c", "d"]) {
        const scanned = [...store.all()].filter(({ relations }) =>
          relations["to"]?.includes(target),
        );
        const known = store.dependentsOf({ blueprint: "x", identifier: target });
        expect(known.map(keyOf).toSorted()).toEqual(scanned.map(keyOf).toSorted());
      }
      const order = [...store.all()].map(({ sequence }) => sequence);
      expect(order).toEqual(order.toSorted((left, right) => left - right));
      expect([...store.of("x")].map(({ sequence }) => sequence)).toEqual(order);
    }),
  );
});

function entityOf(
  identifier: string,
  to: readonly string[],
  existing: StoredEntity | undefined,
  store: EntityStore,
): StoredEntity {
  return {
    blueprint: "x",
    identifier,
    sequence: existing?.sequence ?? store.nextSequence(),
    title: null,
    icon: null,
    team: [],
    properties: {},
    relations: { to },
    datasource: "",
    createdAt: "",
    updatedAt: "",
  };
}
