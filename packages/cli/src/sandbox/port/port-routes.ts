import { Hono } from "hono";
import { blueprintRoutes } from "./blueprint-routes.ts";
import { bulkRoutes } from "./bulk-routes.ts";
import { entityRoutes } from "./entity-routes.ts";
import { integrationRoutes } from "./integration-routes.ts";
import { readObject } from "./json-object.ts";
import { PortProblem } from "./port-errors.ts";
import type { PortWorld } from "./port-world.ts";
import { searchRoutes } from "./search-routes.ts";
import { webhookRoutes } from "./webhook-routes.ts";

/** Port's REST API. */
export function portRoutes(world: PortWorld): Hono {
  const app = new Hono();

  app.post("/v1/auth/access_token", async (context) =>
    world.tokens.issue(await readObject(context.req.raw), world.behaviour().tokenSeconds),
  );

  app.get("/v1/organization", (context) =>
    context.json({
      ok: true,
      organization: {
        id: world.organisation,
        name: world.organisation,
        featureFlags: world.behaviour().featureFlags,
      },
    }),
  );

  // Before the entities' own routes: the two words after the blueprint are no identifier.
  app.route("/", searchRoutes(world));
  app.route("/", bulkRoutes(world));
  app.route("/", entityRoutes(world));
  app.route("/", blueprintRoutes(world));
  app.route("/", integrationRoutes(world));
  app.route("/", webhookRoutes(world));

  app.notFound(() => new PortProblem(404, "not_found", "No such route").toResponse());
  app.onError((error) => {
    if (error instanceof PortProblem) return error.toResponse();
    throw error;
  });
  return app;
}
