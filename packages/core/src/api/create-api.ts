import { ConfigError, PlanError } from "../errors.ts";
import { readRoutePath } from "../request-path.ts";
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { AuditedAction } from "../store/audit.ts";
import type { ApiCaller, ApiGate } from "./gate-keeper.ts";
import type { ApiOperations } from "./operations.ts";
import { ApiProblem } from "./problem.ts";
import { readJson } from "./read-json.ts";
import { type ApiRoute, apiRoutes } from "./routes.ts";

/** A request that was not let in. */
export interface RefusedRequest {
  readonly status: number;
  readonly from: string;
  readonly method: string;
  readonly path: string;
  /** Why; no secret is in it. */
  readonly detail: string;
}

/** Writes down what is done by hand, in whatever places that is to be found. */
export interface ApiAudit<Peer> {
  /** Does something, and records it and what came of it; where it cannot be recorded, it is not done. */
  run<Value>(action: AuditedAction, peer: Peer, work: () => Promise<Value>): Promise<Value>;
  /** Records that somebody who is known wanted to, and may not. */
  refuse(action: AuditedAction, peer: Peer, detail: string): Promise<void>;
}

export interface ApiOptions<Peer> {
  readonly operations: ApiOperations;
  readonly gate: ApiGate<Peer>;
  readonly audit: ApiAudit<Peer>;
  readonly clock: Clock;
  /** Where the routes are, with a slash before and none behind; several are alike. @default ["/api/v1"] */
  readonly basePaths?: readonly string[] | undefined;
  /** Told of what is refused for whom it came from; an error in it is no harm. */
  readonly onRefused?: ((refused: RefusedRequest) => void) | undefined;
  /** Told of what should not have happened; the answer says nothing of it. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Answers requests. */
export interface Api<Peer> {
  handle(request: Request, peer: Peer): Promise<Response>;
}

/** Where the API is on a server. */
export const apiBasePath = "/api/v1";

/** Makes the API: {@link apiRoutes}, each behind the gate, with every problem answered as RFC 9457 has it. */
export function createApi<Peer>(options: ApiOptions<Peer>): Api<Peer> {
  const { basePaths = [apiBasePath], onRefused, onError } = options;
  const app = new Hono<Environment<Peer>>({ getPath: readRoutePath });
  for (const basePath of basePaths) {
    for (const [path, routes] of Map.groupBy(apiRoutes, (route) => route.path)) {
      const pattern = `${basePath}${path.replace(/\{(\w+)\}/g, ":$1")}`;
      for (const route of routes) {
        app.on(route.method, pattern, (context) => answer(route, context, options));
      }
      const methods = routes.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : method));
      app.all(pattern, () => {
        const allow = methods.join(", ");
        throw new ApiProblem("method-not-allowed", `It takes ${allow}`, { headers: { allow } });
      });
    }
  }
  app.notFound(({ req }) =>
    new ApiProblem("not-found", "The routes are in docs/openapi.json").toResponse(req.path),
  );
  app.onError((error, { req, env }) => {
    const problem = toProblem(error, onError);
    if ([401, 403, 421, 429].includes(problem.status)) {
      const { status, message: detail } = problem;
      const from = options.gate.nameOrigin(env.peer);
      tell(onRefused, { status, from, method: req.method, path: req.path, detail });
    }
    return problem.toResponse(req.path);
  });
  return {
    async handle(request, peer) {
      const response = await app.fetch(request, { peer });
      response.headers.set("cache-control", "no-store");
      response.headers.set("x-content-type-options", "nosniff");
      return response;
    },
  };
}

interface Environment<Peer> {
  readonly Bindings: { readonly peer: Peer };
}

async function answer<Peer>(
  route: ApiRoute,
  context: Context<Environment<Peer>>,
  options: ApiOptions<Peer>,
): Promise<Response> {
  const { operations, audit, clock } = options;
  const { req } = context;
  const { peer } = context.env;
  const caller = await admit(route, context, options);
  const id = parseId(context.req.param("id"));
  const body = route.body === undefined ? undefined : await readJson(req.raw, route.body, clock);
  const handle = (): Promise<object> => route.handle({ operations, id, body, by: caller.who });
  const { action } = route;
  const answered =
    action === undefined
      ? await handle()
      : await audit.run(
          { ...caller, action: action.name, what: action.describe({ id, body }) },
          peer,
          handle,
        );
  // A line of its own: whoever asks with curl has the prompt below it.
  return context.body(`${JSON.stringify(answered)}\n`, route.status, {
    "content-type": "application/json",
  });
}

async function admit<Peer>(
  { access, action }: ApiRoute,
  { req, env: { peer } }: Context<Environment<Peer>>,
  { gate, audit }: ApiOptions<Peer>,
): Promise<ApiCaller> {
  try {
    return await gate.admit(req.raw, access, peer);
  } catch (error) {
    if (action !== undefined && error instanceof ApiProblem && error.who !== undefined) {
      const { who, message } = error;
      const from = gate.nameOrigin(peer);
      const id = req.param("id");
      const what = id === undefined ? "" : `plan ${id}`;
      await audit.refuse({ who, from, action: action.name, what }, peer, message);
    }
    throw error;
  }
}

const planId = z.string().regex(/^[1-9]\d{0,14}$/);

function parseId(text: string | undefined): number {
  if (text === undefined) return 0;
  if (planId.safeParse(text).success) return Number(text);
  throw new ApiProblem("no-such-plan", "A plan's id is a number: GET /deletions lists them");
}

const sortOfReason = {
  unknown: "no-such-plan",
  settled: "conflict",
  "not-on-plan": "not-on-plan",
} as const;

function toProblem(error: unknown, onError: ApiOptions<unknown>["onError"]): ApiProblem {
  if (error instanceof ApiProblem) return error;
  if (error instanceof PlanError) return new ApiProblem(sortOfReason[error.reason], error.message);
  // What was asked for cannot go with what holds by now.
  if (error instanceof ConfigError) return new ApiProblem("conflict", error.message);
  tell(onError, error);
  return new ApiProblem("unexpected", "It could not be done; what went wrong is in the log");
}

function tell<Told>(listener: ((told: Told) => void) | undefined, told: Told): void {
  try {
    listener?.(told);
  } catch {
    // A broken log is no reason to give no answer.
  }
}
