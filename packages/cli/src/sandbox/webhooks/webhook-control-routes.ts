import { Hono } from "hono";
import type { DeliverySelection, SandboxWebhooks, SubscribeOptions } from "./webhook-access.ts";

/** The way into a running sandbox's webhooks for other processes, under `/__sandbox/webhooks`. */
export function webhookControlRoutes(webhooks: SandboxWebhooks): Hono {
  const app = new Hono();

  app.get("/", (context) => {
    const { counts: deliveries, events } = webhooks;
    return context.json({ deliveries, events });
  });

  /** Secrets included. */
  app.get("/subscriptions", (context) => context.json(webhooks.subscriptions()));

  /** `{"url":"http://…"}`: subscribes to everything. */
  app.post("/subscriptions", async (context) => {
    const options = await context.req.json<SubscribeOptions>();
    return context.json(webhooks.subscribe(options), 201);
  });

  app.post("/subscriptions/:id/disable", (context) => {
    webhooks.disable(context.req.param("id"));
    return context.json({ ok: true });
  });

  app.post("/subscriptions/:id/rotate-secret", (context) =>
    context.json({ secret: webhooks.rotateSecret(context.req.param("id")) }),
  );

  app.post("/subscriptions/:id/end-rotation", (context) => {
    webhooks.endRotation(context.req.param("id"));
    return context.json({ ok: true });
  });

  /** `?status=`, `?eventType=` … where not all are wanted. */
  app.get("/deliveries", (context) => context.json(webhooks.deliveries(context.req.query())));

  app.post("/replay", async (context) => {
    const selection = await context.req.json<DeliverySelection>().catch(() => ({}));
    return context.json({ replayed: webhooks.replay(selection) });
  });

  /** An event of any type and shape: `{"type":"incident.something_new","data":{…}}`. */
  app.post("/send", async (context) => context.json(webhooks.send(await context.req.json())));

  /** Answers when all that can be delivered now is. */
  app.post("/settled", async (context) => {
    await webhooks.settled();
    return context.json({ deliveries: webhooks.counts });
  });

  /** `{"milliseconds":3600000}`: what waits is tried at its own moment. */
  app.post("/pass-time", async (context) => {
    const { milliseconds } = await context.req.json<{ readonly milliseconds: number }>();
    await webhooks.passTime(milliseconds);
    return context.json({ deliveries: webhooks.counts });
  });

  return app;
}
