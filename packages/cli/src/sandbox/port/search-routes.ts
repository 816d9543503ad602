import { Hono } from "hono";
import type { Catalog } from "./catalog.ts";
import { entityJson, everything } from "./entity-json.ts";
import type { StoredEntity } from "./entity-store.ts";
import { isObject, type JsonObject, readObject } from "./json-object.ts";
import { invalid } from "./port-errors.ts";
import type { PortWorld } from "./port-world.ts";
import { projectionOf } from "./request-flags.ts";
import { searchEntities, testOf } from "./search-entities.ts";

/** Entities of one page, at most and where nothing is said (Port's API reference). */
const mostFound = 1000;
const defaultFound = 200;
const mostListed = 5000;

/** Listings and searches. */
export function searchRoutes(world: PortWorld): Hono {
  const app = new Hono();
  const { catalog } = world;

  /** What an integration owns: entities whose datasource begins and ends as said. */
  app.post("/v1/blueprints/entities/datasource-entities", async (context) => {
    const body = await readObject(context.req.raw);
    const prefix = textOf(body, "datasource_prefix");
    const suffix = textOf(body, "datasource_suffix");
    const before = body["before"] === undefined ? undefined : timeOf(body["before"]);
    const isListed = ({ datasource, updatedAt }: StoredEntity): boolean =>
      datasource.startsWith(prefix) &&
      datasource.endsWith(suffix) &&
      (before === undefined || Date.parse(updatedAt) < before);
    const page = pageOf(catalog.entities.all(), isListed, body, {
      most: mostListed,
      usual: mostListed,
    });
    const isWhole = catalog.behaviour.listing === "whole";
    const entities = page.entities.map((entity) =>
      isWhole
        ? entityJson(catalog, entity, everything)
        : { identifier: entity.identifier, blueprint: entity.blueprint },
    );
    return context.json({ ok: true, entities, next: page.next });
  });

  app.post("/v1/blueprints/:bp/entities/search", async (context) => {
    const body = await readObject(context.req.raw);
    const blueprint = catalog.blueprint(context.req.param("bp")).identifier;
    const test = queryTest(catalog, body["query"]);
    const page = pageOf(catalog.entities.of(blueprint), test, body, {
      most: mostFound,
      usual: defaultFound,
    });
    const wanted = {
      include: textsOf(body, "include"),
      exclude: textsOf(body, "exclude"),
      withComputed: true,
    };
    const entities = page.entities.map((entity) => entityJson(catalog, entity, wanted));
    return context.json({ ok: true, entities, next: page.next });
  });

  app.post("/v1/entities/search", async (context) => {
    const query = await readObject(context.req.raw);
    const wanted = projectionOf(new URL(context.req.url));
    const found = searchEntities(catalog, query, catalog.entities.all());
    return context.json({
      ok: true,
      entities: found.map((entity) => entityJson(catalog, entity, wanted)),
      matchingBlueprints: [...new Set(found.map(({ blueprint }) => blueprint))],
    });
  });

  return app;
}

function queryTest(catalog: Catalog, query: unknown): (entity: StoredEntity) => boolean {
  if (query === undefined) return () => true;
  if (!isObject(query)) throw invalid("body/query must be object");
  return testOf(catalog, query);
}

/** The entities after the cursor, in the order they were created in, so that none is missed when others go. */
function pageOf(
  candidates: Iterable<StoredEntity>,
  test: (entity: StoredEntity) => boolean,
  body: JsonObject,
  limits: { readonly most: number; readonly usual: number },
): { readonly entities: readonly StoredEntity[]; readonly next: string | undefined } {
  const limit = body["limit"] ?? limits.usual;
  if (typeof limit !== "number" || !(limit >= 1) || limit > limits.most) {
    throw invalid(`body/limit must be between 1 and ${limits.most}`);
  }
  const after = cursorOf(body["from"]);
  const entities: StoredEntity[] = [];
  for (const entity of candidates) {
    if (entity.sequence <= after || !test(entity)) continue;
    if (entities.length === limit) {
      return { entities, next: `after-${entities.at(-1)?.sequence ?? 0}` };
    }
    entities.push(entity);
  }
  return { entities, next: undefined };
}

function cursorOf(from: unknown): number {
  if (from === undefined) return 0;
  const sequence = typeof from === "string" ? /^after-(\d+)$/.exec(from)?.[1] : undefined;
  if (sequence === undefined) throw invalid("body/from is no cursor of this listing");
  return Number(sequence);
}

function textOf(body: JsonObject, name: string): string {
  const value = body[name];
  if (typeof value !== "string") throw invalid(`body must have required property '${name}'`);
  return value;
}

function textsOf(body: JsonObject, name: string): readonly string[] {
  const value = body[name] ?? [];
  if (!Array.isArray(value)) throw invalid(`body/${name} must be array`);
  return value.map(String);
}

function timeOf(value: unknown): number {
  const time = Date.parse(String(value));
  if (Number.isNaN(time)) throw invalid('body/before must match format "date-time"');
  return time;
}
