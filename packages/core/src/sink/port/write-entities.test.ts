import { expect, test } from "bun:test";
import { HttpError } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import { failureOf } from "../../testing/failure-of.ts";
import type { PortAnswer, PortClient, PortRequest } from "./port-client.ts";
import type { PortEntity } from "./port-entity.ts";
import { createEntityWriter, type EntityWriter } from "./write-entities.ts";

function entity(identifier: string, properties: JsonObject = {}): PortEntity {
  return { identifier, blueprint: "service", properties, relations: {} };
}

function many(count: number): PortEntity[] {
  return Array.from({ length: count }, (_, place) => entity(`id-${place}`));
}

interface Scripted {
  readonly writer: EntityWriter;
  readonly requests: PortRequest[];
  /** Identifiers of each request. */
  readonly chunks: string[][];
}

/** A Port that answers each bulk request by a script; without one it takes everything. */
function createScripted(
  answer?: (identifiers: string[]) => JsonObject | Error | Promise<JsonObject>,
): Scripted {
  const requests: PortRequest[] = [];
  const chunks: string[][] = [];
  const port: PortClient = {
    async send(request): Promise<PortAnswer> {
      requests.push(request);
      const entities = request.body?.["entities"];
      const rows = (Array.isArray(entities) ? entities : []) as JsonObject[];
      const identifiers = rows.map((row) => JSON.stringify(row["identifier"]).slice(1, -1));
      chunks.push(identifiers);
      const body = (await answer?.(identifiers)) ?? {
        ok: true,
        entities: identifiers.map((identifier, index) => ({ identifier, index, created: true })),
        errors: [],
      };
      if (body instanceof Error) throw body;
      return { status: 200, body, date: undefined };
    },
  };
  const writer = createEntityWriter({ port, merge: true, createMissingRelatedEntities: false });
  return { writer, requests, chunks };
}

function refusal(status: number, reason = "bad"): HttpError {
  const url = "https://api.port.test/v1/x";
  return new HttpError(reason, { host: "Port", method: "POST", url, status, reason });
}

test("write() sends twenty at a time, of one blueprint, as the integration's own", async () => {
  const { writer, requests, chunks } = createScripted();
  const other = { ...entity("other"), blueprint: "a/b" };
  const outcomes = await writer.write([...many(45), other]);
  expect(outcomes.every(({ written }) => written)).toBe(true);
  expect(chunks.map((chunk) => chunk.length)).toEqual([20, 20, 5, 1]);
  expect(requests[0]).toMatchObject({
    method: "POST",
    path: "/blueprints/service/entities/bulk",
    as: "exporter",
    query: { upsert: true, merge: true, create_missing_related_entities: false },
  });
  expect(requests[3]?.path).toBe("/blueprints/a%2Fb/entities/bulk");
});

test("write() keeps a request under one mebibyte", async () => {
  const { writer, requests } = createScripted();
  const text = "é".repeat(100_000);
  await writer.write(Array.from({ length: 12 }, (_, place) => entity(`id-${place}`, { text })));
  const sizes = requests.map(({ body }) => new TextEncoder().encode(JSON.stringify(body)).length);
  expect(sizes.length).toBe(3);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1024 * 1024);
});

test("write() of nothing sends nothing", async () => {
  const { writer, requests } = createScripted();
  expect(await writer.write([])).toEqual([]);
  expect(requests).toEqual([]);
});

test("write() tells what became of each entity of a mixed answer", async () => {
  const { writer } = createScripted(() => ({
    ok: false,
    entities: [{ identifier: "id-0", index: 0, created: false }],
    errors: [
      { identifier: "id-1", index: 1, statusCode: 404, error: "not_found", message: "no team" },
    ],
  }));
  const outcomes = await writer.write(many(3));
  expect(outcomes).toMatchObject([
    { written: true, created: false },
    { written: false, status: 404, error: "not_found", reason: "no team" },
    { written: false, status: 207 },
  ]);
});

test.each([400, 413, 422])(
  "write() finds the entity for which a chunk is refused with %i",
  async (status) => {
    const { writer, chunks } = createScripted((identifiers) =>
      identifiers.includes("id-13")
        ? refusal(status, "identifier is not valid")
        : { entities: identifiers.map((identifier, index) => ({ identifier, index })) },
    );
    const outcomes = await writer.write(many(20));
    const refused = outcomes.filter(({ written }) => !written);
    expect(refused).toMatchObject([
      { entity: { identifier: "id-13" }, status, reason: "identifier is not valid" },
    ]);
    expect(outcomes).toHaveLength(20);
    expect(chunks.length).toBeLessThan(12);
  },
);

test("write() to a blueprint that does not exist refuses its entities only", async () => {
  const { writer } = createScripted((identifiers) =>
    identifiers.includes("lost")
      ? refusal(404, "no blueprint")
      : { entities: identifiers.map((identifier, index) => ({ identifier, index })) },
  );
  const lost = { ...entity("lost"), blueprint: "nowhere" };
  const outcomes = await writer.write([entity("kept"), lost]);
  expect(outcomes.map(({ written }) => written)).toEqual([true, false]);
});

test("write() throws what is not about entities", async () => {
  const { writer } = createScripted(() => refusal(403));
  expect(await failureOf(writer.write(many(2)))).toMatchObject({ status: 403 });
});

test("write() never has two writes of one entity under way, and the later is written last", async () => {
  const gates: (() => void)[] = [];
  const { writer, chunks, requests } = createScripted(async (identifiers) => {
    await new Promise<void>((resolve) => gates.push(resolve));
    return { entities: identifiers.map((identifier, index) => ({ identifier, index })) };
  });
  const first = writer.write([entity("a", { n: 1 }), entity("b")]);
  const second = writer.write([entity("a", { n: 2 })]);
  const other = writer.write([entity("c")]);
  await settle();
  expect(chunks).toEqual([["a", "b"], ["c"]]);
  for (const open of gates) open();
  await Promise.all([first, other]);
  await settle();
  expect(chunks.at(-1)).toEqual(["a"]);
  gates.at(-1)?.();
  await second;
  expect(requests.at(-1)?.body).toMatchObject({ entities: [{ properties: { n: 2 } }] });
});

test("write() of one entity twice in a call writes the later", async () => {
  const { writer, requests } = createScripted();
  const outcomes = await writer.write([entity("a", { n: 1 }), entity("b"), entity("a", { n: 2 })]);
  expect(outcomes).toHaveLength(2);
  expect(requests[0]?.body).toMatchObject({
    entities: [{ identifier: "b" }, { identifier: "a", properties: { n: 2 } }],
  });
});

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
