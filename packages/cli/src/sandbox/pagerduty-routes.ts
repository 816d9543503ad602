import { Hono } from "hono";
import {
  expandIncident,
  expandService,
  incidentIncludes,
  includesOf,
  serviceIncludes,
} from "./include.ts";
import { fullUser } from "./full-objects.ts";
import { jsonResponse, listResponse, pageOf, withExtraFields } from "./list-response.ts";
import { incidentJson } from "./incident-json.ts";
import { incidentQuery, timeZoneOf } from "./incident-query.ts";
import { incidentRows, rotated } from "./incident-rows.ts";
import { abilities } from "./names.ts";
import { accessDenied, invalidInput, notFound, PagerDutyProblem } from "./pagerduty-errors.ts";
import { auditRoutes } from "./pagerduty/audit-routes.ts";
import { analyticsRoutes } from "./pagerduty/analytics-routes.ts";
import { customFieldRoutes, incidentFields } from "./pagerduty/custom-fields.ts";
import { directoryRoutes } from "./pagerduty/directory-routes.ts";
import { changed } from "./pagerduty/edits.ts";
import { logEntryRoutes } from "./pagerduty/log-entry-routes.ts";
import { oncallRoutes } from "./pagerduty/oncall-routes.ts";
import { smallListRoutes } from "./pagerduty/small-list-routes.ts";
import { pageRequest, rowsOf } from "./paging.ts";
import { hash } from "./random.ts";
import type { Service } from "./service-data.ts";
import { listedIncidents } from "./visibility.ts";
import { subscriptionRoutes } from "./webhooks/subscription-routes.ts";
import { parseIncident, serviceObject, type World } from "./world.ts";
import { formatIn } from "./zoned-time.ts";

/** Rows that an unstable list may have moved by between two pages. */
const mostMoved = 5;

/** What `include[]` adds to open incidents only: a resolved one has neither. */
const ofOpenOnly: ReadonlySet<string> = new Set(["assignees", "acknowledgers"]);

/** PagerDuty's REST API: services, incidents and, by routes of their own, everything else. */
export function pagerDutyRoutes(world: World): Hono {
  const app = new Hono();

  app.get("/services", (context) => {
    const query = new URL(context.req.url).searchParams;
    const { unknownInclude } = world.behaviour;
    const includes = includesOf(query, serviceIncludes, unknownInclude);
    const timeZone = timeZoneOf(query);
    return pageOf(world, query, "services", selectServices(world, query), (service) =>
      changed(world, expandService(world, serviceObject(world, service, timeZone), includes)),
    );
  });

  app.get("/services/:id", (context) => {
    const query = new URL(context.req.url).searchParams;
    const id = context.req.param("id");
    const service = world.services.find(id);
    if (service === undefined || !isVisible(world, service)) throw notFound();
    const { unknownInclude } = world.behaviour;
    const includes = includesOf(query, serviceIncludes, unknownInclude);
    // Unlike the list, one service or incident takes no time_zone, as far as PagerDuty's document tells.
    const object = serviceObject(world, service);
    return context.json({
      service: withExtraFields(
        world,
        changed(world, expandService(world, object, includes)),
        service.index,
      ),
    });
  });

  app.get("/incidents", (context) => {
    const query = new URL(context.req.url).searchParams;
    const { behaviour, clock, account } = world;
    const page = pageRequest(query, behaviour.maxLimit);
    const asked = incidentQuery(query, {
      now: clock.now(),
      timeZone: account.timeZone,
      untilExclusive: behaviour.untilExclusive,
      maxRange: behaviour.maxRange,
    });
    const write = incidentWriter(world, query);
    const inOrder = incidentRows(world.incidents, world.pieces, asked, newestSeen(world));
    const isStable =
      !behaviour.unstableOrder || asked.sort.some(({ field }) => field === "incident_number");
    const moved = hash(account.key, world.pagerDutyTraffic.total, 5) % mostMoved;
    const all = isStable ? inOrder : rotated(inOrder, moved);
    const rows = listedIncidents(world, page.limit, all);
    const texts = rowsOf(rows, page).map(write);
    return listResponse("incidents", texts, page, rows.length, world);
  });

  app.get("/incidents/:id", (context) => {
    const query = new URL(context.req.url).searchParams;
    const index = world.incidents.find(context.req.param("id"));
    if (index === undefined || !isIncidentSeen(world, index)) throw notFound();
    return jsonResponse(`{"incident":${incidentWriter(world, query, true)(index)}}`);
  });

  app.get("/users/me", () => {
    const { tokenOwner } = world.behaviour;
    if (tokenOwner === "app") throw accessDenied("An application is not a user");
    const owner = tokenOwner === null ? undefined : world.directory.findUser(tokenOwner);
    if (owner !== undefined) return Response.json({ user: fullUser(world, owner) });
    // An account-level key is nobody's; this one error is a plain string.
    return Response.json(
      {
        error:
          "The current user cannot be determined: an account-level access token was used and it is not bound to a user",
      },
      { status: 400 },
    );
  });

  app.get("/abilities", (context) => context.json({ abilities }));

  app.route("/", directoryRoutes(world));
  app.route("/", oncallRoutes(world));
  app.route("/", smallListRoutes(world));
  app.route("/", auditRoutes(world));
  app.route("/", customFieldRoutes(world));
  app.route("/", logEntryRoutes(world));
  app.route("/", analyticsRoutes(world));
  app.route("/", subscriptionRoutes(world));

  app.notFound(() => notFound().toResponse());
  app.onError((error) => {
    if (error instanceof PagerDutyProblem) return error.toResponse();
    throw error;
  });
  return app;
}

/** Writes incidents as the request wants them: time zone, full objects, unknown fields. */
function incidentWriter(
  world: World,
  query: URLSearchParams,
  isSingle = false,
): (index: number) => string {
  const { incidents, pieces, behaviour } = world;
  const format = formatIn((isSingle ? undefined : timeZoneOf(query)) ?? "UTC");
  const valid = isSingle ? [...incidentIncludes, "custom_fields"] : incidentIncludes;
  const includes = includesOf(query, valid, behaviour.unknownInclude);
  const withFields = isSingle && includes.has("custom_fields");
  const isPlain = !behaviour.extraFields && world.edits.isEmpty;
  if (isPlain && includes.size === 0) {
    return (index) => incidentJson(incidents, pieces, index, format);
  }
  const isPlainOnceResolved = isPlain && [...includes].every((name) => ofOpenOnly.has(name));
  return (index) => {
    if (isPlainOnceResolved && incidents.life(index).status === "resolved") {
      return incidentJson(incidents, pieces, index, format);
    }
    const incident = parseIncident(incidentJson(incidents, pieces, index, format));
    const full = changed(world, expandIncident(world, incident, includes));
    const fields = withFields ? { custom_fields: incidentFields(world, index) } : {};
    return JSON.stringify(withExtraFields(world, { ...full, ...fields }, index));
  };
}

/** The services that a request asks for, by name. */
function selectServices(world: World, query: URLSearchParams): Service[] {
  const sortBy = query.get("sort_by") ?? "name";
  if (!/^name(?::asc|:desc)?$/.test(sortBy)) {
    throw invalidInput(`sort_by has an invalid value: ${sortBy}`);
  }
  const part = query.get("query")?.toLowerCase() ?? "";
  const name = query.get("name");
  const teams = query.getAll("team_ids[]");
  const direction = sortBy === "name:desc" ? -1 : 1;
  return world.services
    .listed()
    .filter(
      (service) =>
        isVisible(world, service) &&
        service.name.toLowerCase().includes(part) &&
        (name === null || service.name === name) &&
        (teams.length === 0 || teams.includes(service.team?.id ?? "")),
    )
    .toSorted((left, right) => direction * byName(left, right));
}

/** Whether the API knows a service already: a new one is not seen at once where that is switched on. */
function isVisible(world: World, service: Service): boolean {
  const { services, clock, behaviour } = world;
  return (
    services.has(service.id) &&
    clock.now() / 1000 >= service.createdAt + behaviour.creationLagSeconds
  );
}

/** Incidents that were created while the sandbox ran are seen if created at that second (since 1970) or before. */
function newestSeen({ clock, behaviour }: World): number {
  const lag = behaviour.incidentLagSeconds;
  return lag === 0 ? Number.POSITIVE_INFINITY : Math.floor(clock.now() / 1000) - lag;
}

function isIncidentSeen(world: World, index: number): boolean {
  const { incidents } = world;
  return index < incidents.data.count || incidents.createdAt(index) <= newestSeen(world);
}

function byName(left: Service, right: Service): number {
  if (left.name === right.name) return left.index - right.index;
  return left.name < right.name ? -1 : 1;
}
