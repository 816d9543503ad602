import { Hono } from "hono";
import {
  expandIncident,
  expandService,
  incidentIncludes,
  includesOf,
  serviceIncludes,
} from "./include.ts";
import { incidentJson } from "./incident-json.ts";
import { incidentQuery, timeZoneOf } from "./incident-query.ts";
import { incidentRows, rotated } from "./incident-rows.ts";
import { abilities } from "./names.ts";
import { invalidInput, notFound, PagerDutyProblem } from "./pagerduty-errors.ts";
import { pageFields, pageRequest, rowsOf } from "./paging.ts";
import { hash } from "./random.ts";
import type { Service } from "./service-data.ts";
import { parseIncident, serviceObject, type World } from "./world.ts";
import { formatIn } from "./zoned-time.ts";

/** Rows that an unstable list may have moved by between two pages. */
const MOST_MOVED = 5;

/** One in so many objects has a field that no documentation names, where that is switched on. */
const EXTRA_FIELD_ONE_IN = 3;

/** PagerDuty's REST API: services, incidents and the two lists without pages. */
export function pagerDutyRoutes(world: World): Hono {
  const app = new Hono();

  app.get("/services", (context) => {
    const query = new URL(context.req.url).searchParams;
    const page = pageRequest(query, world.behaviour.maxLimit);
    const { unknownInclude } = world.behaviour;
    const includes = includesOf(query, serviceIncludes, unknownInclude);
    const timeZone = timeZoneOf(query);
    const services = selectServices(world, query);
    const rows = services
      .slice(page.offset, page.offset + page.limit)
      .map((service) => expandService(world, serviceObject(world, service, timeZone), includes))
      .map((object, at) => JSON.stringify(withExtraFields(world, object, page.offset + at)));
    return list("services", rows, pageFields(page, rows.length, services.length), world);
  });

  app.get("/services/:id", (context) => {
    const query = new URL(context.req.url).searchParams;
    const id = context.req.param("id");
    const service = world.services.find(id);
    if (service === undefined || !world.services.has(id)) throw notFound();
    const { unknownInclude } = world.behaviour;
    const includes = includesOf(query, serviceIncludes, unknownInclude);
    const object = serviceObject(world, service, timeZoneOf(query));
    return context.json({
      service: withExtraFields(world, expandService(world, object, includes), service.index),
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
    const inOrder = incidentRows(world.incidents, world.pieces, asked);
    const isStable =
      !behaviour.unstableOrder || asked.sort.some(({ field }) => field === "incident_number");
    const moved = hash(account.key, world.pagerDutyTraffic.total, 5) % MOST_MOVED;
    const rows = isStable ? inOrder : rotated(inOrder, moved);
    const texts = rowsOf(rows, page).map(write);
    return list("incidents", texts, pageFields(page, texts.length, rows.length), world);
  });

  app.get("/incidents/:id", (context) => {
    const query = new URL(context.req.url).searchParams;
    const index = world.incidents.find(context.req.param("id"));
    if (index === undefined) throw notFound();
    return json(`{"incident":${incidentWriter(world, query)(index)}}`);
  });

  app.get("/users/me", () => {
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

  app.notFound(() => notFound().toResponse());
  app.onError((error) => {
    if (error instanceof PagerDutyProblem) return error.toResponse();
    throw error;
  });
  return app;
}

/** Writes incidents as the request wants them: time zone, full objects, unknown fields. */
function incidentWriter(world: World, query: URLSearchParams): (index: number) => string {
  const { incidents, pieces, behaviour } = world;
  const format = formatIn(timeZoneOf(query) ?? "UTC");
  const includes = includesOf(query, incidentIncludes, behaviour.unknownInclude);
  if (includes.size === 0 && !behaviour.extraFields) {
    return (index) => incidentJson(incidents, pieces, index, format);
  }
  return (index) => {
    const incident = parseIncident(incidentJson(incidents, pieces, index, format));
    return JSON.stringify(withExtraFields(world, expandIncident(world, incident, includes), index));
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
        service.name.toLowerCase().includes(part) &&
        (name === null || service.name === name) &&
        (teams.length === 0 || teams.includes(service.team?.id ?? "")),
    )
    .toSorted((left, right) => direction * byName(left, right));
}

function byName(left: Service, right: Service): number {
  if (left.name === right.name) return left.index - right.index;
  return left.name < right.name ? -1 : 1;
}

function withExtraFields(world: World, object: object, index: number): object {
  if (!world.behaviour.extraFields) return object;
  const hashed = hash(world.account.key, index, 6);
  if (hashed % EXTRA_FIELD_ONE_IN !== 0) return object;
  return { ...object, x_added_next_year: { level: hashed % 10, labels: ["new"], note: null } };
}

function list(name: string, rows: readonly string[], fields: string, world: World): Response {
  const extra = world.behaviour.extraFields ? `,"x_page_hint":${rows.length}` : "";
  return json(`{"${name}":[${rows.join(",")}],${fields}${extra}}`);
}

function json(text: string): Response {
  return new Response(text, { headers: { "content-type": "application/json; charset=utf-8" } });
}
