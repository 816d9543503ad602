import { describeError } from "@pagerport/core";
import { Hono } from "hono";
import type { BehaviourChanges } from "./behaviour.ts";
import type { CatalogAccess } from "./catalog-access.ts";
import { portControlRoutes } from "./port/port-control-routes.ts";
import type { PortAccess } from "./port/port-access.ts";
import type { ReceivedLog } from "./received.ts";
import type { World } from "./world.ts";

/**
 * The way into a running sandbox for other processes: counters, clock, faults, changes to the data.
 * None of it is counted or limited.
 */
export function controlRoutes(sandbox: {
  readonly world: World;
  readonly received: ReceivedLog;
  readonly pagerduty: CatalogAccess;
  readonly port: PortAccess;
  readonly configure: (changes: BehaviourChanges) => void;
}): Hono {
  const { world, received, pagerduty, port, configure } = sandbox;
  const app = new Hono().basePath("/__sandbox");

  app.get("/state", (context) =>
    context.json({
      now: new Date(world.clock.now()).toISOString(),
      services: world.services.listed().length,
      incidents: pagerduty.incidentCount,
      entities: port.entityCount,
      requests: {
        pagerduty: world.pagerDutyTraffic,
        ingest: world.ingestTraffic,
        port: port.requests,
      },
      received: { total: received.total, distinct: received.distinct, byType: received.byType },
    }),
  );

  app.get("/received", (context) =>
    context.json(
      Object.fromEntries(
        received
          .identifiers()
          .map((id) => [id, { count: received.count(id), last: received.last(id) }]),
      ),
    ),
  );

  app.post("/clock", async (context) => {
    const { advanceMs } = await context.req.json<{ advanceMs: number }>();
    world.clock.advance(advanceMs);
    return context.json({ now: new Date(world.clock.now()).toISOString() });
  });

  /** Any of the behaviour's settings: `{"faults":{"rate":0.05},"ingest":{"status":410}}`. */
  app.post("/behaviour", async (context) => {
    configure(await context.req.json<BehaviourChanges>());
    return context.json({ ok: true });
  });

  app.post("/incidents", async (context) => {
    const options = await context.req.json<Parameters<CatalogAccess["createIncident"]>[0]>();
    return context.json({ id: pagerduty.createIncident(options) }, 201);
  });

  /** `acknowledge`, `resolve` or `reopen`; `?at=` where it is not now. */
  app.post("/incidents/:id/:change", (context) => {
    const { id, change } = context.req.param();
    const at = context.req.query("at");
    if (change === "acknowledge") pagerduty.acknowledgeIncident(id, at);
    else if (change === "resolve") pagerduty.resolveIncident(id, at);
    else if (change === "reopen") pagerduty.reopenIncident(id, at);
    else return context.notFound();
    return context.json({ ok: true });
  });

  app.post("/services", async (context) => {
    const options = await context.req.json<{ readonly name?: string }>().catch(() => ({}));
    return context.json({ id: pagerduty.createService(options) }, 201);
  });

  app.delete("/services/:id", (context) => {
    pagerduty.deleteService(context.req.param("id"));
    return context.json({ ok: true });
  });

  app.post("/users", async (context) => {
    const options = await context.req.json<object>().catch(() => ({}));
    return context.json({ id: pagerduty.createUser(options) }, 201);
  });

  app.delete("/users/:id", (context) => {
    pagerduty.deleteUser(context.req.param("id"));
    return context.json({ ok: true });
  });

  app.post("/schedules", async (context) => {
    const options = await context.req.json<object>().catch(() => ({}));
    return context.json({ id: pagerduty.createSchedule(options) }, 201);
  });

  app.delete("/schedules/:id", (context) => {
    pagerduty.deleteSchedule(context.req.param("id"));
    return context.json({ ok: true });
  });

  /** Other values for fields of an object of any kind: `{"description":null}`. */
  app.patch("/objects/:id", async (context) => {
    pagerduty.changeObject(context.req.param("id"), await context.req.json());
    return context.json({ ok: true });
  });

  app.route("/port", portControlRoutes(port));

  app.notFound((context) => context.json({ error: "No such control path" }, 404));
  app.onError((error, context) => context.json({ error: describeError(error) }, 400));
  return app;
}
