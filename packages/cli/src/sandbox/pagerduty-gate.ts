import { authorize } from "./credentials.ts";
import { type AnswerFault, faultOf, faultResponse, htmlPage } from "./faults.ts";
import { deliver, replacesAnswer } from "./gate.ts";
import { accessDenied, invalidInput, PagerDutyProblem, refusal } from "./pagerduty-errors.ts";
import { type BudgetTurn, RequestBudget } from "./request-budget.ts";
import { notify } from "./traffic.ts";
import { checkShown } from "./visibility.ts";
import type { World } from "./world.ts";

/** The `Accept` that PagerDuty documents. */
const documentedAccept = "application/vnd.pagerduty+json;version=2";

/** What a 429 says that is a fault and not a limit: PagerDuty's own figure, spent for one more second. */
const faultyTurn: BudgetTurn = {
  allowed: false,
  limit: 960,
  remaining: 0,
  resetMs: 1000,
  daily: undefined,
};

/**
 * What every request to PagerDuty passes before its route: counted, listeners told, credential, request
 * budget, faults; and its answer on the way out: headers, latency, broken connections.
 */
export function pagerDutyGate(
  world: World,
  route: (request: Request) => Response | Promise<Response>,
): (request: Request, cut?: () => void) => Promise<Response> {
  const budget = new RequestBudget(world);
  return async (request, cut) => {
    const { behaviour, pagerDutyTraffic: traffic, account } = world;
    const { pathname, search } = new URL(request.url);
    const number = traffic.arrive(`${request.method} ${routeName(pathname)}`);
    await notify(world.listeners, "pagerduty", number, request.method, pathname + search);

    let fault = faultOf(behaviour.faults, account.key, number);
    let response: Response;
    try {
      const turn = takeTurn(world, budget, request, pathname);
      if (turn?.allowed === false) {
        fault = undefined;
        const bare = behaviour.rate?.bare429 === true;
        response = bare ? htmlPage(429, "Too Many Requests") : tooManyRequests(turn);
      } else if (replacesAnswer(fault)) {
        response = faultAnswer(fault, turn);
      } else {
        response = withRateHeaders(await carryOut(world, route, request, pathname), turn);
      }
    } catch (error) {
      if (!(error instanceof PagerDutyProblem)) throw error;
      fault = undefined;
      response = error.toResponse();
    }
    // The account's own time: clients fix the end of what they read by it.
    response.headers.set("date", new Date(world.clock.now()).toUTCString());
    const { latency, faults } = behaviour;
    const { key } = account;
    const closing = world.closing;
    const given = await deliver(response, { key, number, latency, faults, fault, closing, cut });
    traffic.leave(fault === "reset" || fault === "reset-after" ? "reset" : given.status);
    return given;
  };
}

/** Counts the request against its credential's budget; throws where it has no good credential. */
function takeTurn(
  world: World,
  budget: RequestBudget,
  request: Request,
  path: string,
): BudgetTurn | undefined {
  // Tokens are issued by another host, which knows no API keys and not the API's limit.
  if (path === "/oauth/token") return undefined;
  const { bucket } = world.credentials.identify(request.headers.get("authorization"));
  return budget.take(bucket, resourceOf(path));
}

async function carryOut(
  world: World,
  route: (request: Request) => Response | Promise<Response>,
  request: Request,
  path: string,
): Promise<Response> {
  if (path === "/oauth/token" && request.method === "POST") return world.credentials.issue(request);
  try {
    checkAccept(world, request);
    const caller = world.credentials.identify(request.headers.get("authorization"));
    const resource = resourceOf(path);
    const { readOnlyAnalytics, refused, refuse } = world.behaviour;
    // A POST to analytics is a query.
    const mayWrite = caller.mayWrite || (resource === "analytics" && readOnlyAnalytics);
    authorize({ ...caller, mayWrite }, request.method, scopes[resource] ?? resource);
    const newer = path.startsWith("/v3/") ? refused[`v3/${resource}`] : undefined;
    const status = refuse(path + new URL(request.url).search) ?? newer ?? refused[resource];
    if (status !== undefined) throw refusal(status);
    if (path === "/users/me" && caller.scopes !== undefined) {
      throw accessDenied("An application is not a user");
    }
    const id = idOf(path);
    if (id !== undefined) checkShown(world, resource, id);
    return await route(await withinTeam(request, caller.teamId));
  } catch (error) {
    if (error instanceof PagerDutyProblem) return error.toResponse();
    throw error;
  }
}

/** The same request, of that team only: what a team's key sees less is not told, as PagerDuty does not. */
async function withinTeam(request: Request, teamId: string | undefined): Promise<Request> {
  if (teamId === undefined) return request;
  const url = new URL(request.url);
  url.searchParams.set("team_ids[]", teamId);
  const { method, headers } = request;
  const body = method === "GET" ? undefined : await request.text();
  return new Request(url, { method, headers, body });
}

function faultAnswer(kind: AnswerFault, turn: BudgetTurn | undefined): Response {
  if (kind === "429") return tooManyRequests(faultyTurn);
  const response = faultResponse(kind, errorBody);
  return kind === "429-bare" ? response : withRateHeaders(response, turn);
}

function tooManyRequests(turn: BudgetTurn): Response {
  const response = Response.json(errorBody("Rate Limit Exceeded", 2020), { status: 429 });
  return withRateHeaders(response, turn);
}

/** The body of PagerDuty's errors. */
function errorBody(message: string, code: number): unknown {
  return { error: { message, code } };
}

function checkAccept(world: World, request: Request): void {
  if (!world.behaviour.requireAccept) return;
  if (request.headers.get("accept")?.replaceAll(" ", "") !== documentedAccept) {
    throw invalidInput(`The Accept header must be ${documentedAccept}`);
  }
}

function withRateHeaders(response: Response, turn: BudgetTurn | undefined): Response {
  if (turn === undefined) return response;
  if (turn.daily !== undefined) {
    response.headers.set("daily-ratelimit-limit", String(turn.daily.limit));
    response.headers.set("daily-ratelimit-remaining", String(turn.daily.remaining));
    response.headers.set("daily-ratelimit-reset", String(turn.daily.resetSeconds));
  }
  response.headers.set("ratelimit-limit", String(turn.limit));
  response.headers.set("ratelimit-remaining", String(turn.remaining));
  response.headers.set("ratelimit-reset", String(Math.ceil(turn.resetMs / 1000)));
  return response;
}

/** Scopes of the resources that have none of their own name (PagerDuty's API reference). */
const scopes: Readonly<Record<string, string>> = {
  log_entries: "incidents",
  business_services: "services",
  audit: "audit_records",
};

/** The first word of a path that names something: `oncalls`, or `schedules` of `/v3/schedules`. */
function resourceOf(path: string): string {
  const [, first = "", second = ""] = path.split("/");
  return first === "v3" ? second : first;
}

/** The id of what a path leads to, or through; undefined where it names none. */
function idOf(path: string): string | undefined {
  const parts = path.split("/");
  return parts.find((part, at) => isId(part, at, parts[1] ?? ""));
}

/** A path whose ids are named `:id`, so that counters stay few. */
function routeName(path: string): string {
  return path
    .split("/")
    .map((part, at, parts) => (isId(part, at, parts[1] ?? "") ? ":id" : part))
    .join("/");
}

/** Ids come second; behind `/v3` third, and behind the fixed words of analytics fourth. */
function isId(part: string, at: number, first: string): boolean {
  if (first === "analytics") return at === 4 && part !== "services";
  if (first === "v3") return at === 3;
  return at === 2 && !["me", "token", "records"].includes(part);
}
