import type { z } from "zod";
import { describeError, HttpError, NetworkError, PagerportError, PlanError } from "../errors.ts";
import type { StatusReport } from "../server/status/status-report.ts";
import { parsePause, parsePauseInForce, readEntity, readSummary } from "./convert.ts";
import type { ApiOperations } from "./operations.ts";
import { problemTypePrefix } from "./problem.ts";
import { apiRoutes } from "./routes.ts";
import {
  approvalAnswer,
  pauseAnswer,
  planAnswer,
  plansAnswer,
  problemAnswer,
  rejectionAnswer,
  resumeAnswer,
  resyncAnswer,
  statusAnswer,
} from "./schemas.ts";

/** What errors call the other side. */
export const apiHost = "pagerport";
/** Milliseconds that an answer may take. */
const answerWithin = 30_000;

export interface ApiClientOptions {
  /** Where the server's API is: `http://127.0.0.1:8010`, or a portal's `https://…/api/pagerport/v1`. */
  readonly url: string;
  /** The secret of a token, or a token of Backstage's; undefined where states alone are read, on loopback. */
  readonly token?: string | undefined;
  /** @default globalThis.fetch */
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the operations of a server, over its API. Who does something is whoever the token is of, whatever
 * `by` says.
 *
 * Its functions throw {@link NetworkError} where the server does not answer, {@link HttpError} with the
 * reason that it gave, and {@link PlanError} as the operations of a store do.
 */
export function createApiClient(options: ApiClientOptions): ApiOperations {
  const { token, fetch = globalThis.fetch, signal } = options;
  const base = findBase(options.url);

  async function ask<Answer>(
    operationId: string,
    schema: z.ZodType<Answer>,
    { id, body }: { readonly id?: number; readonly body?: object } = {},
  ): Promise<Answer> {
    const route = apiRoutes.find((one) => one.operationId === operationId);
    if (route === undefined) throw new PagerportError(`The API has no operation ${operationId}`);
    const { method } = route;
    const url = `${base}${route.path.replace("{id}", String(id))}`;
    const place = { host: apiHost, method, url };
    const late = AbortSignal.timeout(answerWithin);
    const request = {
      method,
      headers: {
        accept: "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      // The token is for this address.
      redirect: "manual" as const,
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
    };
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, request);
      text = await response.text();
    } catch (error) {
      signal?.throwIfAborted();
      throw new NetworkError(
        `No pagerport answers at ${place.url}: ${late.aborted ? "it took too long" : describeError(error).replace(/[.?!]+$/, "")}. Is 'pagerport serve' running, and is its --api-listen that address?`,
        { ...place, cause: error },
      );
    }
    if (!response.ok) throw toError(response, text, id, place);
    const answer = schema.safeParse(parse(text));
    if (answer.success) return answer.data;
    throw new PagerportError(
      `What answers at ${place.url} is no pagerport, or one of another version: --url takes the address of its API`,
    );
  }

  return {
    // What a server of another version adds is passed on.
    status: async () => (await ask("readStatus", statusAnswer)) as unknown as StatusReport,
    listPlans: async () => (await ask("listPlans", plansAnswer)).plans.map(readSummary),
    async showPlan(id) {
      try {
        const { plan, entities, replacedBy, ...rest } = await ask("showPlan", planAnswer, { id });
        return {
          ...rest,
          replacedBy,
          summary: readSummary(plan),
          entities: entities.map(readEntity),
        };
      } catch (error) {
        if (error instanceof PlanError && error.reason === "unknown") return undefined;
        throw error;
      }
    },
    async approvePlan(id, { only }) {
      const decided = await ask("approvePlan", approvalAnswer, { id, body: { only } });
      const { by, ...rest } = decided;
      return { ...rest, by };
    },
    async rejectPlan(id, { only }) {
      const decided = await ask("rejectPlan", rejectionAnswer, { id, body: { only } });
      const { by, ...rest } = decided;
      return { ...rest, by };
    },
    readPause: async () => parsePauseInForce(await ask("readPause", pauseAnswer)),
    async pause({ scope, for: length, reason }) {
      const forSeconds = length === undefined ? undefined : Math.ceil(length / 1000);
      const body = { scope, forSeconds, reason };
      const pause = parsePauseInForce(await ask("pause", pauseAnswer, { body }));
      if (pause === undefined) throw new PagerportError("The server did not pause");
      return pause;
    },
    resume: async () => parsePause((await ask("resume", resumeAnswer, { body: {} })).ended),
    async resync(type) {
      await ask("resync", resyncAnswer, { body: { type } });
    },
  };
}

/** An address that ends in a version is taken as it is. */
function findBase(url: string): string {
  const trimmed = url.replace(/\/+$/, "");
  return /\/v\d+$/.test(trimmed) ? trimmed : `${trimmed}/api/v1`;
}

const reasons: Readonly<Record<string, PlanError["reason"]>> = {
  "no-such-plan": "unknown",
  conflict: "settled",
  "not-on-plan": "not-on-plan",
};

function toError(
  { status }: Response,
  text: string,
  plan: number | undefined,
  place: { readonly host: string; readonly method: string; readonly url: string },
): PagerportError {
  const { success, data: problem } = problemAnswer.safeParse(parse(text));
  if (!success) {
    const message = `What answers at ${place.url} is no pagerport, or something stands before it (status ${status}): --url takes the address of its API`;
    return new HttpError(message, { ...place, status, reason: "" });
  }
  const reason = reasons[problem.type.slice(problemTypePrefix.length)];
  if (plan !== undefined && reason !== undefined) return new PlanError(problem.detail, { reason });
  const message = `${problem.title}: ${problem.detail} (status ${status}: ${place.method} ${place.url})`;
  return new HttpError(message, { ...place, status, reason: problem.detail });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
