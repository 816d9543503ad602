import { Hono } from "hono";
import { readObject } from "./json-object.ts";
import type { PortWorld } from "./port-world.ts";

/** Blueprints. */
export function blueprintRoutes(world: PortWorld): Hono {
  const app = new Hono();
  const { catalog } = world;

  app.get("/v1/blueprints", (context) =>
    context.json({ ok: true, blueprints: catalog.blueprints().map(({ json }) => json) }),
  );

  app.post("/v1/blueprints", async (context) => {
    const { json } = catalog.createBlueprint(await readObject(context.req.raw));
    return context.json({ ok: true, blueprint: json }, 201);
  });

  app.get("/v1/blueprints/:bp", (context) =>
    context.json({ ok: true, blueprint: catalog.blueprint(context.req.param("bp")).json }),
  );

  app.patch("/v1/blueprints/:bp", async (context) => {
    const changes = await readObject(context.req.raw);
    const { json } = catalog.changeBlueprint(context.req.param("bp"), changes);
    return context.json({ ok: true, blueprint: json });
  });

  app.put("/v1/blueprints/:bp", async (context) => {
    const sent = await readObject(context.req.raw);
    const { json } = catalog.replaceBlueprint(context.req.param("bp"), sent);
    return context.json({ ok: true, blueprint: json });
  });

  app.delete("/v1/blueprints/:bp", (context) => {
    catalog.deleteBlueprint(context.req.param("bp"));
    return context.json({ ok: true });
  });

  return app;
}
