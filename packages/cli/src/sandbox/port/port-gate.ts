import { type AnswerFault, faultOf, faultResponse, htmlPage } from "../faults.ts";
import { deliver, replacesAnswer } from "../gate.ts";
import { type RateLimit, RateWindow, type Turn } from "../rate-window.ts";
import { notify } from "../traffic.ts";
import { PortProblem } from "./port-errors.ts";
import type { PortWorld } from "./port-world.ts";
import { routeName } from "./route-name.ts";

/** The largest body that is taken: 1 MiB (Port's API reference). */
const maxBodyBytes = 1024 * 1024;

/**
 * What every request to Port passes before its route: counted, listeners told, request budget, faults,
 * size, token, right; and its answer on the way out: headers, latency, broken connections.
 */
export function portGate(
  world: PortWorld,
  route: (request: Request) => Response | Promise<Response>,
): (request: Request, cut?: () => void) => Promise<Response> {
  const window = new RateWindow(world.startedAt);
  return async (request, cut) => {
    const { traffic, clock, key, closing } = world;
    const { rate, latency, faults } = world.behaviour();
    const { pathname, search } = new URL(request.url);
    const number = traffic.arrive(`${request.method} ${routeName(pathname)}`);
    await notify(world.listeners, "port", number, request.method, pathname + search);

    let fault = faultOf(faults, key, number);
    const turn = rate === null ? undefined : window.take(clock.traffic(), rate);
    let response: Response;
    if (turn?.allowed === false) {
      fault = undefined;
      response = rate?.bare429 === true ? htmlPage(429, "Too Many Requests") : tooMany();
    } else if (replacesAnswer(fault)) {
      response = faultAnswer(fault);
    } else if (fault === "reset") {
      response = new Response(null, { status: 503 });
    } else {
      response = await carryOut(world, route, request, pathname);
    }
    const bare = fault === "429-bare" || (turn?.allowed === false && rate?.bare429 === true);
    if (turn !== undefined && rate !== null && !bare) addRateHeaders(world, response, turn, rate);
    // Unlike a limit's, a fault's 429 says itself when to come again.
    if (fault === "429") response.headers.set("retry-after", "1");
    if (response.status >= 400) response.headers.set("x-trace-id", traceId(key, number));
    // The sandbox's own time: entities are dated by it.
    response.headers.set("date", new Date(clock.now()).toUTCString());
    const given = await deliver(response, { key, number, latency, faults, fault, closing, cut });
    traffic.leave(fault === "reset" || fault === "reset-after" ? "reset" : given.status);
    return given;
  };
}

async function carryOut(
  world: PortWorld,
  route: (request: Request) => Response | Promise<Response>,
  request: Request,
  path: string,
): Promise<Response> {
  try {
    const body = request.method === "GET" ? undefined : await bodyOf(request);
    if (path !== "/v1/auth/access_token") {
      const { mayWrite } = world.tokens.identify(request.headers.get("authorization"));
      if (!mayWrite && !isReading(request.method, path)) {
        throw new PortProblem(403, "forbidden", "The client may only read");
      }
    }
    const { method, headers } = request;
    return await route(
      body === undefined ? request : new Request(request.url, { method, headers, body }),
    );
  } catch (error) {
    if (error instanceof PortProblem) return error.toResponse();
    throw error;
  }
}

async function bodyOf(request: Request): Promise<string | undefined> {
  const tooLarge = new PortProblem(413, "payload_too_large", "Request body is too large");
  if (Number(request.headers.get("content-length")) > maxBodyBytes) throw tooLarge;
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > maxBodyBytes) throw tooLarge;
  return bytes.byteLength === 0 ? undefined : new TextDecoder().decode(bytes);
}

/** Searches and listings are POSTs that change nothing. */
function isReading(method: string, path: string): boolean {
  return method === "GET" || (method === "POST" && /\/(?:search|datasource-entities)$/.test(path));
}

function faultAnswer(kind: AnswerFault): Response {
  if (kind === "429") return tooMany();
  return faultResponse(kind, (message) => ({ ok: false, error: "internal_error", message }));
}

function tooMany(): Response {
  return new PortProblem(429, "rate_limit_exceeded", "Too many requests").toResponse();
}

function addRateHeaders(
  world: PortWorld,
  response: Response,
  turn: Turn,
  { windowMs }: RateLimit,
): void {
  // By the time that the answer's date tells, which may stand still.
  const resetAt = Math.ceil((world.clock.now() + turn.resetMs) / 1000);
  response.headers.set("x-ratelimit-period", String(Math.ceil(windowMs / 1000)));
  response.headers.set("x-ratelimit-limit", String(turn.limit));
  response.headers.set("x-ratelimit-remaining", String(turn.remaining));
  response.headers.set("x-ratelimit-reset", String(resetAt));
}

function traceId(key: number, number: number): string {
  return `${(key >>> 0).toString(16).padStart(8, "0")}${number.toString(16).padStart(24, "0")}`;
}
