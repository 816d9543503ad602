import { Hono } from "hono";
import { type Account, kindKey } from "../account-data.ts";
import { shortId } from "../ids.ts";
import { pageOf } from "../list-response.ts";
import { notFound } from "../pagerduty-errors.ts";
import type { World } from "../world.ts";
import { changed } from "./edits.ts";

/** Lists with little in them, among them one that is wrapped in a way of its own. */
export function smallListRoutes(world: World): Hono {
  const app = new Hono();
  const { account } = world;

  app.get("/priorities", (context) => {
    const query = new URL(context.req.url).searchParams;
    return pageOf(world, query, "priorities", account.priorities, (priority) => priority);
  });

  app.get("/business_services", (context) => {
    const query = new URL(context.req.url).searchParams;
    const all = account.teams.map((_, index) => businessServiceObject(world, index));
    const there = all.filter(({ id }) => !world.removed.has(id));
    return pageOf(world, query, "business_services", there, (service) => changed(world, service));
  });

  app.get("/business_services/:id", (context) => {
    const id = context.req.param("id");
    const index = account.teams.findIndex((_, at) => businessServiceId(account, at) === id);
    if (index === -1 || world.removed.has(id)) throw notFound();
    return context.json({ business_service: changed(world, businessServiceObject(world, index)) });
  });

  /** Wrapped in another name than its path. */
  app.get("/event_orchestrations", (context) => {
    const query = new URL(context.req.url).searchParams;
    return pageOf(world, query, "orchestrations", account.teams, (team) => {
      const index = account.teams.indexOf(team);
      const id = shortId(kindKey(account.key, "orchestration"), index);
      return {
        id,
        name: `Orchestration ${index + 1}`,
        description: null,
        team,
        routes: index + 1,
        self: `${account.apiUrl}/event_orchestrations/${id}`,
      };
    });
  });

  return app;
}

/** The id of the n-th business service: there is one for each team of the beginning. */
export function businessServiceId({ key }: Account, index: number): string {
  return shortId(kindKey(key, "business service"), index);
}

function businessServiceObject(
  { account, removed }: World,
  index: number,
): { readonly id: string } {
  const id = businessServiceId(account, index);
  const team = account.teams[index];
  const hasTeam = index % 3 !== 0 && team !== undefined && !removed.has(team.id);
  const service = {
    id,
    type: "business_service",
    name: `Business service ${index + 1}`,
    summary: `Business service ${index + 1}`,
    description: index % 2 === 0 ? null : "What customers see",
    point_of_contact: account.users[index % account.users.length]?.reference.summary ?? "",
    team: hasTeam ? team : null,
    self: `${account.apiUrl}/business_services/${id}`,
    html_url: null,
  };
  return service;
}
