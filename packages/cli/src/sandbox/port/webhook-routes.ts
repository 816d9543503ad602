import { Hono } from "hono";
import { readObject } from "./json-object.ts";
import type { PortWorld } from "./port-world.ts";

/** Webhook data sources. */
export function webhookRoutes(world: PortWorld): Hono {
  const app = new Hono();
  const { webhooks } = world;

  app.get("/v1/webhooks", (context) =>
    context.json({ ok: true, integrations: webhooks.all(), webhooks: webhooks.all() }),
  );

  app.post("/v1/webhooks", async (context) => {
    const { origin } = new URL(context.req.url);
    const webhook = webhooks.create(await readObject(context.req.raw), origin);
    return context.json({ ok: true, integration: webhook, webhook }, 201);
  });

  app.get("/v1/webhooks/:id", (context) => {
    const webhook = webhooks.get(context.req.param("id"));
    return context.json({ ok: true, integration: webhook, webhook });
  });

  app.on(["PUT", "PATCH"], "/v1/webhooks/:id", async (context) => {
    const how = context.req.method === "PATCH" ? "merge" : "replace";
    const webhook = webhooks.change(
      context.req.param("id"),
      await readObject(context.req.raw),
      how,
    );
    return context.json({ ok: true, integration: webhook, webhook });
  });

  app.delete("/v1/webhooks/:id", (context) => {
    webhooks.delete(context.req.param("id"));
    return context.json({ ok: true });
  });

  return app;
}
