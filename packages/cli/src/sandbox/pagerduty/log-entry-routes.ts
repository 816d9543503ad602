import { Hono } from "hono";
import { includesOf } from "../include.ts";
import { choices, instantOf, timeZoneOf } from "../incident-query.ts";
import { pageOf } from "../list-response.ts";
import { notFound } from "../pagerduty-errors.ts";
import type { World } from "../world.ts";
import { addMonths, formatIn } from "../zoned-time.ts";
import {
  entriesOfIncident,
  entriesWithin,
  type LogEntry,
  logEntryIncludes,
  logEntryObject,
} from "./log-entries.ts";

/** What happened to incidents: to all of them, or to one. */
export function logEntryRoutes(world: World): Hono {
  const app = new Hono();
  // The pages of one listing ask for the same entries again and again.
  let last: { readonly key: string; readonly entries: readonly LogEntry[] } | undefined;

  const answer = (query: URLSearchParams, entries: readonly LogEntry[]): Response => {
    const includes = includesOf(query, logEntryIncludes, world.behaviour.unknownInclude);
    const format = formatIn(timeZoneOf(query) ?? "UTC");
    return pageOf(world, query, "log_entries", entries, (entry) =>
      logEntryObject(world, entry, includes, format),
    );
  };

  app.get("/log_entries", (context) => {
    const query = new URL(context.req.url).searchParams;
    const { from, to } = rangeOf(world, query);
    const teams = choices(query, "team_ids[]");
    const key = `${from} ${to} ${world.incidents.version} ${world.incidents.size}`;
    if (last?.key !== key) last = { key, entries: entriesWithin(world, from, to) };
    const entries =
      teams === undefined
        ? last.entries
        : last.entries.filter(({ index }) =>
            teams.has(world.incidents.service(index).team?.id ?? ""),
          );
    return answer(query, entries);
  });

  app.get("/incidents/:id/log_entries", (context) => {
    const query = new URL(context.req.url).searchParams;
    const index = world.incidents.find(context.req.param("id"));
    if (index === undefined) throw notFound();
    const zone = timeZoneOf(query) ?? world.account.timeZone;
    const from = (instantOf(query, "since", zone) ?? 0) / 1000;
    const to = (instantOf(query, "until", zone) ?? world.clock.now()) / 1000;
    const entries = entriesOfIncident(world, index).filter(({ at }) => at >= from && at <= to);
    return answer(query, entries);
  });

  return app;
}

/** Seconds since 1970; the last month where nothing is said. */
function rangeOf(
  world: World,
  query: URLSearchParams,
): { readonly from: number; readonly to: number } {
  const zone = timeZoneOf(query) ?? world.account.timeZone;
  const now = world.clock.now();
  const until = Math.min(instantOf(query, "until", zone) ?? now, now);
  const since = instantOf(query, "since", zone) ?? addMonths(until, -1);
  return { from: Math.ceil(since / 1000), to: Math.floor(until / 1000) };
}
