import { Hono } from "hono";
import { kindKey } from "../account-data.ts";
import { shortId } from "../ids.ts";
import { instantOf } from "../incident-query.ts";
import { pageOf } from "../list-response.ts";
import { invalidInput } from "../pagerduty-errors.ts";
import { hash, pick } from "../random.ts";
import type { World } from "../world.ts";
import { formatUtc } from "../zoned-time.ts";

/** How often something is recorded, and how far back and for how long one may look (PagerDuty's guide). */
const auditEverySeconds = 900;
const defaultAuditSeconds = 86_400;
const maxAuditSeconds = 31 * 86_400;
const maxAuditLimit = 100;

const auditActions = ["create", "update", "delete"] as const;

/** Lists with little in them, among them those that page or are wrapped in a way of their own. */
export function smallListRoutes(world: World): Hono {
  const app = new Hono();
  const { account } = world;

  app.get("/priorities", (context) => {
    const query = new URL(context.req.url).searchParams;
    return pageOf(world, query, "priorities", account.priorities, (priority) => priority);
  });

  app.get("/business_services", (context) => {
    const query = new URL(context.req.url).searchParams;
    return pageOf(world, query, "business_services", account.teams, (team) => {
      const index = account.teams.indexOf(team);
      const id = shortId(kindKey(account.key, "business service"), index);
      return {
        id,
        type: "business_service",
        name: `Business service ${index + 1}`,
        summary: `Business service ${index + 1}`,
        description: index % 2 === 0 ? null : "What customers see",
        point_of_contact: account.users[index % account.users.length]?.reference.summary ?? "",
        team: index % 3 === 0 ? null : team,
        self: `${account.apiUrl}/business_services/${id}`,
        html_url: null,
      };
    });
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

  /** Paged by a cursor: no offset, no total, no `more`. */
  app.get("/audit/records", (context) => {
    const query = new URL(context.req.url).searchParams;
    const now = world.clock.now();
    const until = instantOf(query, "until", account.timeZone) ?? now;
    const since = instantOf(query, "since", account.timeZone) ?? until - defaultAuditSeconds * 1000;
    if (until < since || until - since > maxAuditSeconds * 1000) {
      throw invalidInput("The range must be of at most 31 days.");
    }
    const limit = auditLimit(query);
    const first = Math.floor(Math.min(until, now) / 1000 / auditEverySeconds);
    const newest = query.has("cursor") ? cursorOf(query) : first;
    const oldest = Math.ceil(since / 1000 / auditEverySeconds);
    const length = Math.max(0, Math.min(limit, newest - oldest + 1));
    const records = Array.from({ length }, (_, at) => auditRecord(world, newest - at));
    const next = newest - length;
    return context.json({
      records,
      limit,
      next_cursor: length > 0 && next >= oldest ? `c${next.toString(36)}` : null,
    });
  });

  return app;
}

/** The record of the n-th quarter of an hour since 1970. */
function auditRecord({ account }: World, number: number): object {
  const hashed = hash(kindKey(account.key, "audit"), number);
  return {
    id: `PDRECORDID${number.toString(36).toUpperCase()}`,
    self: null,
    execution_time: formatUtc(number * auditEverySeconds),
    execution_context: { request_id: hashed.toString(16), remote_address: null },
    actors: [pick(account.users, hashed).reference],
    method: { type: "browser", description: null },
    root_resource: pick(account.teams, hashed >>> 4),
    action: pick(auditActions, hashed >>> 8),
    details: null,
  };
}

function auditLimit(query: URLSearchParams): number {
  const limit = Number(query.get("limit") ?? maxAuditLimit);
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > maxAuditLimit) {
    throw invalidInput(`Limit must be between 1 and ${maxAuditLimit}`);
  }
  return limit;
}

function cursorOf(query: URLSearchParams): number {
  const number = Number.parseInt(/^c([0-9a-z]+)$/.exec(query.get("cursor") ?? "")?.[1] ?? "", 36);
  if (Number.isNaN(number)) throw invalidInput("Cursor is invalid.");
  return number;
}
