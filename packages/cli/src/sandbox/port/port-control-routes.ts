import { Hono } from "hono";
import { type JsonObject, readObject } from "./json-object.ts";
import { PortProblem } from "./port-errors.ts";
import type { PortAccess } from "./port-access.ts";

/** The way into a running Port for other processes, under `/__sandbox/port`. */
export function portControlRoutes(port: PortAccess): Hono {
  const app = new Hono();

  /** `?blueprint=` for those of one. */
  app.get("/entities", (context) => context.json(port.entities(context.req.query("blueprint"))));

  app.get("/entities/:blueprint/:id", (context) => {
    const { blueprint, id } = context.req.param();
    const entity = port.entity(blueprint, id);
    return entity === undefined
      ? context.json({ error: "No such entity" }, 404)
      : context.json(entity);
  });

  /** As a person edits it: `{"title":"…","properties":{"note":"…"}}`. */
  app.patch("/entities/:blueprint/:id", async (context) => {
    const { blueprint, id } = context.req.param();
    return context.json(port.editEntity(blueprint, id, await readObject(context.req.raw)));
  });

  app.delete("/entities/:blueprint/:id", (context) => {
    const { blueprint, id } = context.req.param();
    port.deleteEntity(blueprint, id);
    return context.json({ ok: true });
  });

  app.get("/blueprints", (context) => context.json(port.blueprints()));

  app.put("/blueprints", async (context) => {
    port.putBlueprint(await readObject(context.req.raw));
    return context.json({ ok: true });
  });

  app.get("/integrations/:id", (context) => {
    const integration = port.integration(context.req.param("id"));
    return integration === undefined
      ? context.json({ error: "No such integration" }, 404)
      : context.json(integration);
  });

  /** The mapping itself; `?resync=false` does not ask for a resync. */
  app.put("/integrations/:id/config", async (context) => {
    const config: JsonObject = await readObject(context.req.raw);
    const resync = context.req.query("resync") !== "false";
    port.setIntegrationConfig(context.req.param("id"), config, { resync });
    return context.json({ ok: true });
  });

  app.post("/integrations/:id/resync", (context) => {
    port.requestResync(context.req.param("id"));
    return context.json({ ok: true });
  });

  app.post("/revoke-tokens", (context) => {
    port.revokeTokens();
    return context.json({ ok: true });
  });

  /** `{"clientSecret":"…"}`: other credentials, in the place of those before. */
  app.post("/credentials", async (context) => {
    const clients = await context.req.json<Parameters<PortAccess["replaceCredentials"]>[0]>();
    port.replaceCredentials(clients);
    return context.json({ ok: true });
  });

  app.onError((error, context) => {
    if (error instanceof PortProblem) return context.json({ error: error.message }, 400);
    throw error;
  });
  return app;
}
