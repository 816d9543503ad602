import { Hono } from "hono";
import { invalidInput, notFound } from "../pagerduty-errors.ts";
import type { World } from "../world.ts";
import { addMonths } from "../zoned-time.ts";
import {
  analyticsQuery,
  analyticsRows,
  choiceOf,
  isProcessed,
  readBody,
} from "./analytics-query.ts";
import { analyticsObject, figuresOf } from "./analytics-rows.ts";
import { serviceMetrics } from "./service-metrics.ts";

/** Rows of a page of raw incidents (PagerDuty's API reference), and where nothing is said. */
const mostRows = 1000;
const usualRows = 100;

/** The longest range of metrics, and the usual one: a year. */
const metricsMonths = 12;

/** Analytics: raw incidents, and figures by service. */
export function analyticsRoutes(world: World): Hono {
  const app = new Hono();
  const teamOf = (url: string): string | undefined =>
    new URL(url).searchParams.get("team_ids[]") ?? undefined;

  app.post("/analytics/raw/incidents", async (context) => {
    const body = await readBody(context.req.raw);
    const limit = body["limit"] ?? usualRows;
    if (typeof limit !== "number" || !(limit >= 1) || limit > mostRows) {
      throw invalidInput(`limit must be between 1 and ${mostRows}`);
    }
    const order = choiceOf(body, "order", ["desc", "asc"]);
    const orderBy = choiceOf(body, "order_by", ["created_at", "seconds_to_resolve"]);
    const rows = sorted(
      world,
      analyticsRows(world, analyticsQuery(body["filters"], teamOf(context.req.url))),
      order,
      orderBy,
    );
    const start = startOf(world, rows, body);
    const page = rows.slice(start, start + limit);
    const ids = page.map((index) => world.incidents.data.id(index));
    return context.json({
      first: ids[0] ?? null,
      last: ids.at(-1) ?? null,
      limit,
      more: start + page.length < rows.length,
      order,
      order_by: orderBy,
      filters: body["filters"] ?? {},
      time_zone: body["time_zone"] ?? "Etc/UTC",
      starting_after: body["starting_after"] ?? null,
      ending_before: body["ending_before"] ?? null,
      data: page.map((index) => analyticsObject(world, index)),
    });
  });

  app.get("/analytics/raw/incidents/:id", (context) => {
    const index = world.incidents.find(context.req.param("id"));
    if (index === undefined || !isProcessed(world, index)) throw notFound();
    const data = analyticsObject(world, index);
    const isFlat = world.behaviour.singleAnalytics === "flat";
    return context.json(isFlat ? data : { time_zone: "Etc/UTC", data });
  });

  app.post("/analytics/metrics/incidents/services", async (context) => {
    const body = await readBody(context.req.raw);
    const asked = analyticsQuery(body["filters"], teamOf(context.req.url));
    const to = asked.to ?? world.clock.now();
    const from = asked.from ?? addMonths(to, -metricsMonths);
    if (to < from || to > addMonths(from, metricsMonths)) {
      throw invalidInput("The range of created_at must be of at most one year.");
    }
    const rows = analyticsRows(world, { ...asked, from, to });
    return context.json({
      data: serviceMetrics(world, rows),
      filters: body["filters"] ?? {},
      time_zone: body["time_zone"] ?? "Etc/UTC",
      order: choiceOf(body, "order", ["desc", "asc"]),
      order_by: body["order_by"] ?? "total_incident_count",
      aggregate_unit: body["aggregate_unit"] ?? null,
    });
  });

  return app;
}

function sorted(
  { incidents }: World,
  rows: readonly number[],
  order: "asc" | "desc",
  orderBy: "created_at" | "seconds_to_resolve",
): readonly number[] {
  const ascending =
    orderBy === "created_at"
      ? rows
      : rows.toSorted(
          (left, right) =>
            (figuresOf(incidents, left).toResolve ?? Number.MAX_SAFE_INTEGER) -
            (figuresOf(incidents, right).toResolve ?? Number.MAX_SAFE_INTEGER),
        );
  return order === "asc" ? ascending : ascending.toReversed();
}

/** Where the page begins: behind the row that `starting_after` names. */
function startOf(
  world: World,
  rows: readonly number[],
  body: Readonly<Record<string, unknown>>,
): number {
  const after = body["starting_after"];
  if (after === undefined) return 0;
  if (after === null && !world.behaviour.strictAnalytics) return 0;
  if (typeof after !== "string") throw invalidInput("starting_after must be a string.");
  const index = world.incidents.find(after);
  const position = index === undefined ? -1 : rows.indexOf(index);
  if (position < 0) throw invalidInput("starting_after is no row of this list.");
  return position + 1;
}
