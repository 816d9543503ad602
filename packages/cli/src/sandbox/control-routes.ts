import { describeError } from "@pagerport/core";
import { Hono } from "hono";
import type { BehaviourChanges } from "./behaviour.ts";
import type { CatalogAccess } from "./catalog-access.ts";
import { changeIncident } from "./change-incident.ts";
import type { Credentials } from "./credentials.ts";
import type { DayOptions, DayReport } from "./day/play-day.ts";
import { portControlRoutes } from "./port/port-control-routes.ts";
import type { PortAccess } from "./port/port-access.ts";
import type { ReceivedLog } from "./received.ts";
import type { SandboxWebhooks } from "./webhooks/webhook-access.ts";
import { webhookControlRoutes } from "./webhooks/webhook-control-routes.ts";
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
  readonly webhooks: SandboxWebhooks;
  readonly configure: (changes: BehaviourChanges) => void;
  readonly playDay: (options: DayOptions) => Promise<DayReport>;
}): Hono {
  const { world, received, pagerduty, port, webhooks, configure, playDay } = sandbox;
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

  /** `{"token":"…"}`, `{"readOnlyToken":"…"}`: other keys of the account; those before are revoked. */
  app.post("/keys", async (context) => {
    world.credentials.replace(await context.req.json<Parameters<Credentials["replace"]>[0]>());
    return context.json({ ok: true });
  });

  app.post("/incidents", async (context) => {
    const options = await context.req.json<Parameters<CatalogAccess["createIncident"]>[0]>();
    return context.json({ id: pagerduty.createIncident(options) }, 201);
  });

  /** What a verb of incidents does, by its first word: `/incidents/Q…/annotate` with `["text"]`; `?at=` where it is not now. */
  app.post("/incidents/:id/:change", async (context) => {
    const { id, change } = context.req.param();
    const more: unknown = await context.req.json().catch(() => []);
    const at = context.req.query("at");
    const result = changeIncident(pagerduty, change, id, Array.isArray(more) ? more : [more], at);
    return result === undefined ? context.notFound() : context.json(result);
  });

  app.post("/services", async (context) => {
    const options = await context.req.json<{ readonly name?: string }>().catch(() => ({}));
    return context.json({ id: pagerduty.createService(options) }, 201);
  });

  /** `{"name":"…"}`, `{"team":"P…"}`: a service's new name or team; null takes it from its team. */
  app.patch("/services/:id", async (context) => {
    const id = context.req.param("id");
    const { name, team } = await context.req.json<{ name?: string; team?: string | null }>();
    if (name !== undefined) pagerduty.renameService(id, name);
    if (team !== undefined) pagerduty.moveService(id, team);
    return context.json({ ok: true });
  });

  app.post("/services/:id/restore", (context) => {
    pagerduty.restoreService(context.req.param("id"));
    return context.json({ ok: true });
  });

  /** Tells of its deletion, though it is there. */
  app.post("/services/:id/false-deletion", (context) => {
    pagerduty.tellFalseDeletion(context.req.param("id"));
    return context.json({ ok: true });
  });

  app.post("/users", async (context) => {
    const options = await context.req.json<object>().catch(() => ({}));
    return context.json({ id: pagerduty.createUser(options) }, 201);
  });

  app.post("/schedules", async (context) => {
    const options = await context.req.json<object>().catch(() => ({}));
    return context.json({ id: pagerduty.createSchedule(options) }, 201);
  });

  app.post("/schedules/:id/upgrade", (context) => {
    pagerduty.upgradeSchedule(context.req.param("id"));
    return context.json({ ok: true });
  });

  app.post("/schedules/:id/downgrade", (context) => {
    pagerduty.downgradeSchedule(context.req.param("id"));
    return context.json({ ok: true });
  });

  const deletions: Readonly<Record<string, (id: string) => void>> = {
    services: (id) => pagerduty.deleteService(id),
    users: (id) => pagerduty.deleteUser(id),
    schedules: (id) => pagerduty.deleteSchedule(id),
    escalation_policies: (id) => pagerduty.deletePolicy(id),
    teams: (id) => pagerduty.deleteTeam(id),
    business_services: (id) => pagerduty.deleteBusinessService(id),
  };
  for (const [resource, remove] of Object.entries(deletions)) {
    app.delete(`/${resource}/:id`, (context) => {
      remove(context.req.param("id"));
      return context.json({ ok: true });
    });
  }

  /** Other values for fields of an object of any kind: `{"description":null}`. */
  app.patch("/objects/:id", async (context) => {
    pagerduty.changeObject(context.req.param("id"), await context.req.json());
    return context.json({ ok: true });
  });

  /** `{"environment":"test"}`: custom fields of an incident or a service. */
  app.patch("/custom-fields/:id", async (context) => {
    pagerduty.changeCustomFields(context.req.param("id"), await context.req.json());
    return context.json({ ok: true });
  });

  /** A day of incidents: `{"incidents":50,"speed":3600}`. With a speed it goes on after the answer. */
  app.post("/day", async (context) => {
    const options = await context.req.json<DayOptions>().catch(() => ({}));
    const day = playDay(options);
    const { speed = "asap" }: DayOptions = options;
    if (speed === "asap") return context.json(await day);
    // Options that cannot be fail at once. Later only what was deleted meanwhile ends the day early.
    await Promise.race([day, Promise.resolve()]);
    day.catch(() => undefined);
    return context.json({ ok: true }, 202);
  });

  app.route("/port", portControlRoutes(port));
  app.route("/webhooks", webhookControlRoutes(webhooks));

  app.notFound((context) => context.json({ error: "No such control path" }, 404));
  app.onError((error, context) => context.json({ error: describeError(error) }, 400));
  return app;
}
