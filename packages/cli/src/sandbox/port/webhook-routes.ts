import { Hono } from "hono";
import { isObject, type JsonObject, readObject } from "./json-object.ts";
import type { PortBehaviour } from "./port-behaviour.ts";
import type { PortWorld } from "./port-world.ts";

/** Webhook data sources. */
export function webhookRoutes(world: PortWorld): Hono {
  const app = new Hono();
  const { webhooks } = world;
  const show = (webhook: JsonObject): JsonObject =>
    hideSecret(webhook, world.behaviour().webhookSecrets);

  app.get("/v1/webhooks", (context) => {
    const shown = webhooks.all().map(show);
    return context.json({ ok: true, integrations: shown, webhooks: shown });
  });

  app.post("/v1/webhooks", async (context) => {
    const { origin } = new URL(context.req.url);
    const webhook = show(webhooks.create(await readObject(context.req.raw), origin));
    return context.json({ ok: true, integration: webhook, webhook }, 201);
  });

  app.get("/v1/webhooks/:id", (context) => {
    const webhook = show(webhooks.get(context.req.param("id")));
    return context.json({ ok: true, integration: webhook, webhook });
  });

  app.on(["PUT", "PATCH"], "/v1/webhooks/:id", async (context) => {
    const how = context.req.method === "PATCH" ? "merge" : "replace";
    const sent = await readObject(context.req.raw);
    const webhook = show(webhooks.change(context.req.param("id"), sent, how));
    return context.json({ ok: true, integration: webhook, webhook });
  });

  app.delete("/v1/webhooks/:id", (context) => {
    webhooks.delete(context.req.param("id"));
    return context.json({ ok: true });
  });

  return app;
}

function hideSecret(webhook: JsonObject, how: PortBehaviour["webhookSecrets"]): JsonObject {
  const { security } = webhook;
  if (how === "shown" || !isObject(security) || !("secret" in security)) return webhook;
  const { secret: _secret, ...rest } = security;
  return { ...webhook, security: how === "masked" ? { ...rest, secret: "********" } : rest };
}
