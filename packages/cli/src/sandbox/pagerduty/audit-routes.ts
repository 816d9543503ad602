import { Hono } from "hono";
import { kindKey, type Reference } from "../account-data.ts";
import { choices, instantOf } from "../incident-query.ts";
import { invalidInput } from "../pagerduty-errors.ts";
import { hash, pick } from "../random.ts";
import type { World } from "../world.ts";
import { formatUtc } from "../zoned-time.ts";

/** How often something is recorded that was done before the sandbox ran or goes on beside it. */
const everySeconds = 900;

/** How far back and for how long one may look (PagerDuty's guide). */
const usualSeconds = 86_400;
const mostSeconds = 31 * 86_400;
const mostRows = 100;

/** Deletions are recorded as they are made: a made-up one would name what is still there. */
const madeUpActions = ["create", "update"] as const;

const actions = [...madeUpActions, "delete"];
const resources = ["users", "teams", "schedules", "escalation_policies", "services"];

interface AuditRecord {
  readonly id: string;
  /** Seconds since 1970. */
  readonly at: number;
  readonly action: string;
  readonly resource: string;
  readonly reference: Reference;
}

/** Who changed what. */
export function auditRoutes(world: World): Hono {
  const app = new Hono();

  /** Paged by a cursor: no offset, no total, no `more`. */
  app.get("/audit/records", (context) => {
    const query = new URL(context.req.url).searchParams;
    const limit = limitOf(query);
    const records = findRecords(world, query);
    const start = query.has("cursor") ? placeOf(query.get("cursor") ?? "", records) : 0;
    const page = records.slice(start, start + limit);
    const isLast = start + page.length >= records.length;
    return context.json({
      records: page.map((record) => auditObject(world, record)),
      limit,
      next_cursor: isLast ? null : `c${page.at(-1)?.id}`,
    });
  });

  return app;
}

/** All that is asked for, newest first. */
function findRecords(world: World, query: URLSearchParams): AuditRecord[] {
  const { clock, account } = world;
  const until = instantOf(query, "until", account.timeZone) ?? clock.now();
  const since = instantOf(query, "since", account.timeZone) ?? until - usualSeconds * 1000;
  if (until < since || until - since > mostSeconds * 1000) {
    throw invalidInput("The range must be of at most 31 days.");
  }
  const wantedActions = choices(query, "actions[]", actions);
  const wantedResources = choices(query, "root_resource_types[]", resources);
  return [...madeUpRecords(world, since, until), ...recordsOfDeletions(world)]
    .filter(
      ({ at, action, resource }) =>
        at * 1000 >= since &&
        at * 1000 <= until &&
        wantedActions?.has(action) !== false &&
        wantedResources?.has(resource) !== false,
    )
    .toSorted((left, right) => right.at - left.at || (left.id < right.id ? 1 : -1));
}

/** One for each quarter of an hour since 1970. */
function madeUpRecords({ account, clock }: World, since: number, until: number): AuditRecord[] {
  const newest = Math.floor(Math.min(until, clock.now()) / 1000 / everySeconds);
  const oldest = Math.ceil(since / 1000 / everySeconds);
  return Array.from({ length: Math.max(0, newest - oldest + 1) }, (_, place) => {
    const number = newest - place;
    const hashed = hash(kindKey(account.key, "audit"), number);
    return {
      id: `PDRECORDID${number.toString(36).toUpperCase()}`,
      at: number * everySeconds,
      action: pick(madeUpActions, hashed >>> 8),
      resource: "teams",
      reference: pick(account.teams, hashed >>> 4),
    };
  });
}

function recordsOfDeletions({ audit }: World): AuditRecord[] {
  return audit.entries.map(({ number, ...entry }) => ({
    ...entry,
    id: `PDRECORDIDDELETED${number.toString(36).toUpperCase().padStart(6, "0")}`,
  }));
}

function auditObject({ account }: World, record: AuditRecord): object {
  const { id, at, action, reference } = record;
  const hashed = hash(kindKey(account.key, "audit"), at);
  return {
    id,
    self: null,
    execution_time: formatUtc(at),
    execution_context: { request_id: hashed.toString(16), remote_address: null },
    actors: [pick(account.users, hashed).reference],
    method: { type: "browser", description: null },
    root_resource: reference,
    action,
    details: null,
  };
}

function limitOf(query: URLSearchParams): number {
  const limit = Number(query.get("limit") ?? mostRows);
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > mostRows) {
    throw invalidInput(`Limit must be between 1 and ${mostRows}`);
  }
  return limit;
}

/** Where the page begins that a cursor leads to: behind the record that it names. */
function placeOf(cursor: string, records: readonly AuditRecord[]): number {
  const last = records.findIndex(({ id }) => cursor === `c${id}`);
  if (last === -1) throw invalidInput("Cursor is invalid.");
  return last + 1;
}
