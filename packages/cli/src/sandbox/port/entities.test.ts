import { expect, test } from "bun:test";
import { type AskPort, exporter, startPort } from "./ask-port.ts";
import type { JsonObject } from "./json-object.ts";

const bulk = (bp: string, query = ""): string =>
  `POST /v1/blueprints/${bp}/entities/bulk?upsert=true${query}`;

test("a bulk write answers for each entity what became of it", async () => {
  await using port = await startPort();
  const first = await port.ask(bulk("service"), { entities: [{ identifier: "a" }] });
  expect([first.status, first.body]).toEqual([
    200,
    expect.objectContaining({
      ok: true,
      entities: [{ identifier: "a", index: 0, created: true }],
      errors: [],
    }),
  ]);
  const entities = [
    { identifier: "a", title: "A" },
    { identifier: "b", properties: { status: "unheard of" } },
    { identifier: "c", relations: { parent: "nobody" } },
  ];
  const { status, body } = await port.ask(bulk("service"), { entities });
  expect(status).toBe(207);
  expect(body.entities).toMatchObject([{ identifier: "a", index: 0, created: false }]);
  expect(body.errors).toMatchObject([
    { identifier: "b", index: 1, statusCode: 422 },
    { identifier: "c", index: 2, statusCode: 404, error: "not_found" },
  ]);
});

test("values are held against the blueprint", async () => {
  await using port = await startPort();
  const table: [JsonObject, string | undefined][] = [
    [{ status: "active", url: "https://a.example/x", level: 1, tags: ["x"] }, undefined],
    [{ since: "2026-01-01T00:00:00Z", owner: "a@example.com", open: false }, undefined],
    [{ raw: { a: [1] }, status: null, url: null }, undefined],
    [{ status: "other" }, "allowed values"],
    [{ status: 1 }, "must be string"],
    [{ url: "no url" }, 'format "url"'],
    [{ level: 0 }, ">= 1"],
    [{ level: "1" }, "must be number"],
    [{ tags: [1] }, "item 0 must be string"],
    [{ tags: "x" }, "must be array"],
    [{ since: "2026-01-01T00:00:00" }, 'format "date-time"'],
    [{ since: "2026-01-01" }, 'format "date-time"'],
    [{ owner: "nobody" }, 'format "email"'],
    [{ open: "false" }, "must be boolean"],
    [{ raw: [] }, "must be object"],
    [{ link: "x" }, "computed"],
    [{ nothing: "x" }, "no such property"],
    [{ nothing: null }, "no such property"],
  ];
  for (const [properties, fault] of table) {
    const { body } = await port.ask(bulk("service"), {
      entities: [{ identifier: "a", properties }],
    });
    expect([properties, body.errors[0]?.message]).toEqual([
      properties,
      fault === undefined ? undefined : expect.stringContaining(fault),
    ]);
  }
});

test("relations lead to what is there, one or many as the blueprint says", async () => {
  await using port = await startPort();
  await port.ask(bulk("service"), { entities: [{ identifier: "a" }, { identifier: "b" }] });
  const find = (value: string): JsonObject => ({
    combinator: "and",
    rules: [{ property: "$identifier", operator: "=", value }],
  });
  const table: [JsonObject, number | undefined][] = [
    [{ service: "a" }, undefined],
    [{ service: "a", related: ["a", "b"] }, undefined],
    [{ service: "a", related: "b" }, undefined],
    [{ service: "a", related: null }, undefined],
    [{ service: find("b") }, undefined],
    [{ service: null }, 422],
    [{ service: ["a"] }, 422],
    [{ service: find("none") }, 422],
    [{ service: "a", related: ["a", "none"] }, 404],
    [{ service: "a", other: "a" }, 422],
    [{ service: "a b" }, 422],
  ];
  for (const [relations, status] of table) {
    const entities = [{ identifier: "i", properties: { note: "n" }, relations }];
    const { body } = await port.ask(bulk("incident"), { entities });
    expect([relations, body.errors[0]?.statusCode]).toEqual([relations, status]);
  }
});

test("an entity of a wrong shape fails its chunk, or alone", async () => {
  await using port = await startPort();
  const wrong: unknown[] = [
    { identifier: "two words" },
    { identifier: ".." },
    { identifier: 7 },
    { identifier: "x".repeat(1001) },
    { identifier: "x", title: null },
    { identifier: "x", icon: null },
    { identifier: "x", team: null },
    { identifier: "x", properties: [] },
    { identifier: "x", relations: { parent: 7 } },
    "text",
  ];
  for (const shapeErrors of ["chunk", "entity"] as const) {
    port.sandbox.configure({ portApi: { shapeErrors } });
    for (const entity of wrong) {
      const entities = [{ identifier: "Ünï_@.+:\\/=-1" }, entity];
      const { status } = await port.ask(bulk("service"), { entities });
      expect([entity, status]).toEqual([entity, shapeErrors === "chunk" ? 422 : 207]);
    }
    const written = port.sandbox.port.entities("service");
    expect(written.length).toBe(shapeErrors === "chunk" ? 0 : 1);
  }
});

test("20 entities and 1 MiB are the most that one bulk write takes", async () => {
  await using port = await startPort();
  const many = (length: number): JsonObject => ({
    entities: Array.from({ length }, (_, at) => ({ identifier: `e${at}` })),
  });
  expect((await port.ask(bulk("service"), many(20))).status).toBe(200);
  expect((await port.ask(bulk("service"), many(21))).status).toBe(422);
  port.sandbox.configure({ portApi: { tooManyStatus: 413 } });
  expect((await port.ask(bulk("service"), many(21))).status).toBe(413);
  const properties = { raw: { text: "x".repeat(1024 * 1024) } };
  const large = await port.ask(bulk("service"), { entities: [{ identifier: "a", properties }] });
  expect([large.status, large.body.ok]).toEqual([413, false]);
  expect((await port.ask(bulk("nothing"), many(1))).status).toBe(404);
  expect((await port.ask(bulk("service"), { entities: [] })).status).toBe(422);
});

test("merging keeps what is not mentioned, null clears, and no merge replaces", async () => {
  await using port = await startPort();
  const entity = {
    identifier: "a",
    title: "A",
    icon: "Service",
    team: ["one"],
    properties: { status: "active", level: 2 },
  };
  await port.ask(bulk("service"), { entities: [entity, { identifier: "b" }] });
  const write = async (query: string, change: JsonObject): Promise<unknown> => {
    await port.ask(bulk("service", query), { entities: [{ identifier: "a", ...change }] });
    const { title, team, properties, relations } = (
      await port.ask("GET /v1/blueprints/service/entities/a")
    ).body.entity;
    return [title, team, properties["status"], properties["level"], relations["parent"]];
  };
  const parent = { parent: "b" };
  expect(await write("&merge=true", { relations: parent })).toEqual([
    "A",
    ["one"],
    "active",
    2,
    "b",
  ]);
  expect(await write("&merge=true", { team: "two", properties: { level: null } })).toEqual([
    "A",
    ["two"],
    "active",
    null,
    "b",
  ]);
  expect(await write("", { title: "B", properties: { level: 5 } })).toEqual([
    "B",
    [],
    null,
    5,
    null,
  ]);
});

test("create_missing_related_entities makes what a relation leads to", async () => {
  await using port = await startPort();
  const entities = [
    { identifier: "i", properties: { note: "n" }, relations: { service: "s", related: ["t"] } },
  ];
  const query = "&create_missing_related_entities=true";
  await port.ask(bulk("incident", `${query}&validation_only=true`), { entities });
  expect(port.sandbox.port.entityCount).toBe(0);
  expect((await port.ask(bulk("incident", query), { entities })).status).toBe(200);
  expect(port.sandbox.port.entity("service", "t")).toMatchObject({
    title: null,
    datasource: exporter,
  });
  const { body } = await port.ask(bulk("service"), { entities: [{ identifier: "s", title: "S" }] });
  expect(body.entities[0]?.created).toBe(false);
});

test("reads give what is computed, and null for what is not set", async () => {
  await using port = await startPort();
  await port.ask(bulk("service"), {
    entities: [{ identifier: "s", properties: { status: "active" } }],
  });
  const incident = { identifier: "i", properties: { note: "n" }, relations: { service: "s" } };
  await port.ask(bulk("incident"), { entities: [incident] });
  const service = (await port.ask("GET /v1/blueprints/service/entities/s")).body.entity;
  expect(service.properties).toMatchObject({ link: "https://example.com/s", url: null });
  const read = (await port.ask("GET /v1/blueprints/incident/entities/i")).body.entity;
  expect([read.properties, read.relations]).toEqual([
    { note: "n", serviceStatus: "active" },
    { service: "s", related: [] },
  ]);
  const plain = "GET /v1/blueprints/incident/entities/i?exclude_calculated_properties=true";
  port.sandbox.configure({ portApi: { unset: "absent" } });
  const { properties, relations } = (await port.ask(plain)).body.entity;
  expect([properties, relations]).toEqual([{ note: "n" }, { service: "s" }]);
});

test("deleting takes along, or is stopped by, what requires the deleted", async () => {
  await using port = await startPort();
  const fill = async (): Promise<void> => {
    await port.ask(bulk("service"), {
      entities: [
        { identifier: "a" },
        { identifier: "b" },
        { identifier: "c", relations: { parent: "a" } },
      ],
    });
    await port.ask(bulk("incident"), {
      entities: [
        { identifier: "i", properties: { note: "n" }, relations: { service: "a", related: ["b"] } },
      ],
    });
  };
  const remove = (withDependents: boolean, ...entities: string[]): ReturnType<AskPort> =>
    port.ask(
      `POST /v1/blueprints/service/bulk/entities/delete?delete_dependents=${withDependents}`,
      { entities },
    );
  const left = (): string[] => port.sandbox.port.entities().map(({ identifier }) => identifier);

  await fill();
  expect([(await remove(false, "a", "b")).status, left()]).toEqual([422, ["a", "b", "c", "i"]]);
  expect((await remove(false, "b", "gone")).body.deletedEntities).toEqual(["b"]);
  expect(port.sandbox.port.entity("incident", "i")?.relations["related"]).toEqual([]);
  await remove(true, "a");
  expect(left()).toEqual(["c"]);
  expect(port.sandbox.port.entity("service", "c")?.relations["parent"]).toBeNull();

  await fill();
  port.sandbox.configure({ portApi: { dependents: "all", deleteMissing: "refuse" } });
  expect((await remove(true, "a", "gone")).status).toBe(404);
  await remove(true, "a");
  expect(left()).toEqual(["b"]);
  const single = "DELETE /v1/blueprints/service/entities/b";
  expect((await port.ask(single)).status).toBe(422);
  expect((await port.ask(`${single}?delete_dependents=false`)).status).toBe(200);
  expect((await port.ask(`${single}?delete_dependents=false`)).status).toBe(404);
});

test("single writes know upsert, and identifiers in their paths", async () => {
  await using port = await startPort();
  const create = "POST /v1/blueprints/service/entities?upsert=";
  const entity = { identifier: "a/b=c", title: "A" };
  expect((await port.ask(`${create}false`, entity)).status).toBe(201);
  expect((await port.ask(`${create}false`, entity)).status).toBe(409);
  // Port's API reference knows no other success, also where there was one.
  expect((await port.ask(`${create}true`, entity)).status).toBe(201);
  const path = `/v1/blueprints/service/entities/${encodeURIComponent("a/b=c")}`;
  expect((await port.ask(`GET ${path}`)).body.entity.title).toBe("A");
  const changed = await port.ask(`PATCH ${path}`, { properties: { level: 3 } });
  expect([changed.body.entity.title, changed.body.entity.properties["level"]]).toEqual(["A", 3]);
  expect((await port.ask(`PUT ${path}`, { title: "B" })).body.entity).toMatchObject({
    title: "B",
    properties: { level: null },
  });
  expect((await port.ask("GET /v1/blueprints/service/entities-count")).body.count).toBe(1);
});

test("an entity of another Port is put there with whose it is and when it was made", async () => {
  await using one = await startPort();
  const relations = { parent: "b" };
  await one.ask(bulk("service"), { entities: [{ identifier: "b" }] });
  await one.ask(bulk("service"), { entities: [{ identifier: "a", relations }] });
  await using other = await startPort();
  other.sandbox.clock.advance(5000);
  // Those that relate to others may come first.
  const entities = one.sandbox.port.entities("service").toReversed();
  for (const entity of entities) other.sandbox.port.putEntity(entity);
  expect(other.sandbox.port.entities("service")).toEqual(entities);
});
