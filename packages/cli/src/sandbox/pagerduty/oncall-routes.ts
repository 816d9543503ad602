import { Hono } from "hono";
import { includesOf } from "../include.ts";
import { choices, instantOf, timeZoneOf } from "../incident-query.ts";
import { pageOf } from "../list-response.ts";
import { invalidInput, notFound } from "../pagerduty-errors.ts";
import { listedOf } from "../visibility.ts";
import type { World } from "../world.ts";
import { formatIn } from "../zoned-time.ts";
import { isNamed } from "./directory-routes.ts";
import type { Schedule, ScheduleKind } from "./directory.ts";
import { changed } from "./edits.ts";
import { oncallIncludes, oncallObject, oncallRows } from "./oncalls.ts";
import { expandSchedule, type Rendering, scheduleIncludes } from "./schedules.ts";
import {
  finalSchedule,
  shiftScheduleIncludes,
  shiftScheduleObject,
  shiftScheduleReference,
} from "./shift-schedules.ts";

/** The other end of a range of which one end is given: two weeks away (PagerDuty's API reference). */
const defaultRangeMs = 14 * 86_400_000;

/** Rows of a page of shift-based schedules: usual and most (PagerDuty's guide to them). */
const usualShiftRows = 100;
const mostShiftRows = 1000;

/** Schedules of both kinds, and who is on call. */
export function oncallRoutes(world: World): Hono {
  const app = new Hono();
  const { account, directory } = world;

  app.get("/schedules", (context) => {
    const query = new URL(context.req.url).searchParams;
    const includes = includesOf(query, scheduleIncludes, world.behaviour.unknownInclude);
    const timeZone = timeZoneOf(query) ?? account.timeZone;
    const rendering = renderingOf(query, timeZone);
    const teams = choices(query, "team_ids[]");
    const schedules = directory
      .schedules("layers")
      .filter(
        ({ reference, team }) =>
          isNamed(query, reference.summary) && teams?.has(team?.id ?? "") !== false,
      );
    return pageOf(world, query, "schedules", schedules, (schedule) =>
      changed(
        world,
        expandSchedule(world, schedule, { includes, rendering, timeZone: timeZoneOf(query) }),
      ),
    );
  });

  app.get("/schedules/:id", (context) => {
    const query = new URL(context.req.url).searchParams;
    const schedule = findOfKind(world, context.req.param("id"), "layers");
    const timeZone = timeZoneOf(query) ?? schedule.timeZone;
    const rendering = renderingOf(query, timeZone);
    const includes = new Set<string>(scheduleIncludes);
    return context.json({
      schedule: changed(world, expandSchedule(world, schedule, { includes, rendering, timeZone })),
    });
  });

  app.get("/schedules/:id/users", (context) => {
    const schedule = findOfKind(world, context.req.param("id"), "layers");
    const users = [...new Set(schedule.users)].map((person) => directory.refer(person));
    return context.json({ users });
  });

  app.get("/oncalls", (context) => {
    const query = new URL(context.req.url).searchParams;
    const includes = includesOf(query, oncallIncludes, world.behaviour.unknownInclude);
    const timeZone = timeZoneOf(query) ?? account.timeZone;
    const format = formatIn(timeZone);
    return pageOf(world, query, "oncalls", oncallRows(world, query, timeZone), (oncall) =>
      oncallObject(world, oncall, includes, format),
    );
  });

  app.get("/v3/schedules", (context) => {
    const query = new URL(context.req.url).searchParams;
    const limit = numberOf(query, "limit", usualShiftRows);
    if (limit < 1 || limit > mostShiftRows) {
      throw invalidInput(`limit must be from 1 to ${mostShiftRows}`);
    }
    const offset = numberOf(query, "offset", 0);
    const teams = choices(query, "team_ids[]");
    const named = directory
      .schedules("shifts")
      .filter(
        ({ reference, team }) =>
          isNamed(query, reference.summary) && teams?.has(team?.id ?? "") !== false,
      );
    const schedules = listedOf(world, "v3/schedules", limit, named, (schedule) =>
      shiftScheduleObject(world, schedule),
    );
    const rows = schedules
      .slice(offset, offset + limit)
      .map((schedule) => shiftScheduleReference(world, schedule));
    const more = offset + rows.length < schedules.length;
    // Unlike the classic lists, this one never tells a total.
    return context.json({ schedules: rows, limit, offset, more });
  });

  app.get("/v3/schedules/:id", (context) => {
    const query = new URL(context.req.url).searchParams;
    const schedule = findOfKind(world, context.req.param("id"), "shifts");
    const zone = timeZoneOf(query);
    const includes = includesOf(query, shiftScheduleIncludes, world.behaviour.unknownInclude);
    const final = includes.has("final_schedule")
      ? {
          final_schedule: finalSchedule(
            schedule,
            renderingOf(query, zone ?? schedule.timeZone),
            formatIn(zone ?? "UTC"),
          ),
        }
      : {};
    return context.json({ schedule: { ...shiftScheduleObject(world, schedule), ...final } });
  });

  return app;
}

/** The schedule of an id, under the path of its kind; the other path knows nothing of it. */
function findOfKind({ directory, behaviour }: World, id: string, kind: ScheduleKind): Schedule {
  const schedule = directory.findSchedule(id);
  if (schedule?.kind === kind) return schedule;
  if (schedule === undefined || behaviour.otherScheduleStatus === 404) throw notFound();
  throw invalidInput("The schedule is of the other kind.");
}

/** What of a schedule is rendered: nothing unless a time is named. */
function renderingOf(query: URLSearchParams, zone: string): Rendering | undefined {
  const since = instantOf(query, "since", zone);
  const until = instantOf(query, "until", zone);
  const from = since ?? (until === undefined ? undefined : until - defaultRangeMs);
  if (from === undefined) return undefined;
  const to = until ?? from + defaultRangeMs;
  if (to < from) throw invalidInput("Until must be after since.");
  return {
    from: Math.floor(from / 1000),
    to: Math.floor(to / 1000),
    overflow: query.get("overflow") === "true",
  };
}

function numberOf(query: URLSearchParams, name: string, usual: number): number {
  const text = query.get(name) ?? String(usual);
  if (!/^\d{1,9}$/.test(text)) throw invalidInput(`${name} must be a whole number`);
  return Number(text);
}
