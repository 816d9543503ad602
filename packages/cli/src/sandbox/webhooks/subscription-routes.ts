import { Hono } from "hono";
import { pageOf } from "../list-response.ts";
import { invalidInput, notFound } from "../pagerduty-errors.ts";
import type { World } from "../world.ts";
import { parseNewSubscription, parseSubscriptionChanges } from "./parse-subscription.ts";
import { type Subscription, subscriptionJson } from "./subscription.ts";

const filterTypes: ReadonlySet<string> = new Set(["account", "service", "team"]);

/** `/webhook_subscriptions`: who gets webhooks. */
export function subscriptionRoutes(world: World): Hono {
  const { webhooks, clock } = world;
  const { subscriptions } = webhooks;
  const app = new Hono();

  const find = (id: string): Subscription => {
    const found = subscriptions.find(id);
    if (found === undefined) throw notFound();
    return found;
  };
  const answer = (subscription: Subscription, status = 200, withSecret = false): Response => {
    const shown = subscriptionJson(subscription, clock.traffic(), withSecret);
    return Response.json({ webhook_subscription: shown }, { status });
  };

  app.get("/webhook_subscriptions", (context) => {
    const query = new URL(context.req.url).searchParams;
    return pageOf(world, query, "webhook_subscriptions", listed(world, query), (subscription) =>
      subscriptionJson(subscription, clock.traffic()),
    );
  });

  app.post("/webhook_subscriptions", async (context) => {
    const behaviour = world.behaviour.webhooks;
    const options = parseNewSubscription(await readJson(context.req.raw), behaviour);
    return answer(subscriptions.create(options), behaviour.createStatus, true);
  });

  app.get("/webhook_subscriptions/:id", (context) => answer(find(context.req.param("id"))));

  app.put("/webhook_subscriptions/:id", async (context) => {
    const { id } = find(context.req.param("id"));
    const body = await readJson(context.req.raw);
    const changes = parseSubscriptionChanges(body, world.behaviour.webhooks);
    return answer(subscriptions.update(id, changes));
  });

  app.delete("/webhook_subscriptions/:id", (context) => {
    subscriptions.delete(find(context.req.param("id")).id);
    return new Response(null, { status: 204 });
  });

  app.post("/webhook_subscriptions/:id/enable", (context) =>
    answer(subscriptions.enable(find(context.req.param("id")).id)),
  );

  app.post("/webhook_subscriptions/:id/ping", (context) => {
    webhooks.ping(find(context.req.param("id")));
    return new Response(null, { status: 202 });
  });

  return app;
}

function listed({ webhooks }: World, query: URLSearchParams): Subscription[] {
  const type = query.get("filter_type");
  const id = query.get("filter_id");
  const all = webhooks.subscriptions.all();
  if (type === null) return all;
  if (!filterTypes.has(type)) throw invalidInput("filter_type is invalid");
  if (type !== "account" && id === null) throw invalidInput("filter_id is missing");
  return all.filter(
    ({ filter }) => filter.type === `${type}_reference` && (type === "account" || filter.id === id),
  );
}

async function readJson(request: Request): Promise<unknown> {
  try {
    return await request.json();
  } catch {
    throw invalidInput("The body is not valid JSON");
  }
}
