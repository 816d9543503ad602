import { Hono } from "hono";
import { readObject } from "./json-object.ts";
import type { PortWorld } from "./port-world.ts";

/** Integrations: their mapping, what is asked of them and what they report. */
export function integrationRoutes(world: PortWorld): Hono {
  const app = new Hono();
  const { integrations, catalog, behaviour } = world;

  app.get("/v1/integration", (context) =>
    context.json({ ok: true, integrations: integrations.all().map(({ json }) => json) }),
  );

  app.post("/v1/integration", async (context) => {
    const sent = await readObject(context.req.raw);
    const { provided } = behaviour();
    const asks = context.req.query("integration_modes") === "create_resources";
    if (!asks || provided === null) {
      const { json } = integrations.create(sent);
      return context.json({ ok: true, integration: json }, 201);
    }
    const { json } = integrations.create({ ...sent, config: provided.config });
    for (const blueprint of provided.blueprints) {
      const isThere = catalog.findBlueprint(String(blueprint["identifier"])) !== undefined;
      if (!isThere) catalog.createBlueprint(blueprint);
    }
    return context.json({ ok: true, integration: json }, 201);
  });

  /** Types whose default resources Port itself provides: none. */
  app.get("/v1/integration/provision-enabled", (context) =>
    context.json({ ok: true, integrations: [] }),
  );

  app.get("/v1/integration/:id", (context) =>
    context.json({ ok: true, integration: integrations.get(context.req.param("id")).json }),
  );

  app.patch("/v1/integration/:id", async (context) => {
    const changes = await readObject(context.req.raw);
    const { json } = integrations.change(context.req.param("id"), changes, { resync: true });
    return context.json({ ok: true, integration: json });
  });

  app.patch("/v1/integration/:id/config", async (context) => {
    const { config } = await readObject(context.req.raw);
    const resync = context.req.header("x-skip-resync") !== "true";
    const { json } = integrations.change(context.req.param("id"), { config }, { resync });
    return context.json({ ok: true, integration: json });
  });

  app.get("/v1/integration/:id/resync-request", (context) => {
    const { resyncRequestedAt: updatedAt } = integrations.get(context.req.param("id"));
    return context.json(
      updatedAt === undefined ? { ok: true } : { ok: true, request: { updatedAt } },
    );
  });

  app.patch("/v1/integration/:id/resync-state", async (context) => {
    integrations.reportState(context.req.param("id"), await readObject(context.req.raw));
    const { json } = integrations.get(context.req.param("id"));
    return context.json({ ok: true, integration: json });
  });

  app.post("/v1/integration/:id/kinds/:kind/examples", async (context) => {
    const { id, kind } = context.req.param();
    const { examples } = await readObject(context.req.raw);
    integrations.reportExamples(id, kind, examples);
    return context.json({ ok: true });
  });

  app.delete("/v1/integration/:id", (context) => {
    integrations.delete(context.req.param("id"));
    return context.json({ ok: true });
  });

  return app;
}
