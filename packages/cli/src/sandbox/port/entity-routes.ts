import { Hono } from "hono";
import { writeOne } from "./bulk-routes.ts";
import { deleteEntities } from "./delete-entities.ts";
import { entityJson, everything } from "./entity-json.ts";
import type { StoredEntity } from "./entity-store.ts";
import { readObject } from "./json-object.ts";
import { missing } from "./port-errors.ts";
import type { PortWorld } from "./port-world.ts";
import { flagOf, projectionOf, requiredFlagOf, writeOptionsOf, writerOf } from "./request-flags.ts";

/** Entities, one by one. */
export function entityRoutes(world: PortWorld): Hono {
  const app = new Hono();
  const { catalog } = world;

  const find = (blueprint: string, identifier: string): StoredEntity => {
    catalog.blueprint(blueprint);
    const entity = catalog.entities.get({ blueprint, identifier });
    if (entity === undefined) throw missing("Entity", identifier);
    return entity;
  };

  app.post("/v1/blueprints/:bp/entities", async (context) => {
    const options = writeOptionsOf(context.req.raw);
    const blueprint = catalog.blueprint(context.req.param("bp"));
    const sent = await readObject(context.req.raw);
    const { identifier } = writeOne(world, blueprint, sent, options);
    const stored = catalog.entities.get({ blueprint: blueprint.identifier, identifier });
    const entity = stored === undefined ? sent : entityJson(catalog, stored, everything);
    // Also where there was one: Port's API reference knows no other success.
    return context.json({ ok: true, entity }, 201);
  });

  app.get("/v1/blueprints/:bp/entities", (context) => {
    const blueprint = catalog.blueprint(context.req.param("bp")).identifier;
    const wanted = projectionOf(new URL(context.req.url));
    const entities = [...catalog.entities.of(blueprint)].map((entity) =>
      entityJson(catalog, entity, wanted),
    );
    return context.json({ ok: true, entities });
  });

  app.get("/v1/blueprints/:bp/entities-count", (context) => {
    const blueprint = catalog.blueprint(context.req.param("bp")).identifier;
    return context.json({ ok: true, count: catalog.entities.countOf(blueprint) });
  });

  app.get("/v1/blueprints/:bp/entities/:id", (context) => {
    const entity = find(context.req.param("bp"), context.req.param("id"));
    const wanted = projectionOf(new URL(context.req.url));
    return context.json({ ok: true, entity: entityJson(catalog, entity, wanted) });
  });

  app.on(["PUT", "PATCH"], "/v1/blueprints/:bp/entities/:id", async (context) => {
    const before = find(context.req.param("bp"), context.req.param("id"));
    const blueprint = catalog.blueprint(before.blueprint);
    const sent = { identifier: before.identifier, ...(await readObject(context.req.raw)) };
    const { identifier } = writeOne(world, blueprint, sent, {
      upsert: true,
      merge: context.req.method === "PATCH",
      createMissing: flagOf(new URL(context.req.url), "create_missing_related_entities"),
      validationOnly: false,
      writer: writerOf(context.req.raw),
    });
    const entity = find(before.blueprint, identifier);
    return context.json({ ok: true, entity: entityJson(catalog, entity, everything) });
  });

  app.delete("/v1/blueprints/:bp/entities/:id", (context) => {
    const withDependents = requiredFlagOf(new URL(context.req.url), "delete_dependents");
    const entity = find(context.req.param("bp"), context.req.param("id"));
    deleteEntities(catalog, [entity], withDependents);
    return context.json({ ok: true });
  });

  return app;
}
