import ky, { type HTTPError, isHTTPError } from "ky";
import type { Clock } from "../clock.ts";
import { describeError, HttpError, NetworkError } from "../errors.ts";
import { backoff } from "./backoff.ts";
import type { RateLimiter } from "./rate-limiter.ts";

/** One attempt, its whole body included, may take this long. PagerDuty's own limit is shorter (408). */
const attemptTimeoutMilliseconds = 60_000;

/** Retries after no answer or a 5xx: about two minutes in all with {@link backoff}. */
const mostRetries = 10;

/** Before a host has answered even once its address is more likely wrong than it is busy. */
const mostRetriesBeforeFirstAnswer = 3;

/** A host that answers 429 this often in a row to one request will not serve it today. */
const mostRefusals = 100;

/** An answer, read whole. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  /** Of requests that wait for the rate limit, the lowest goes first. Default 0. */
  readonly priority?: number | undefined;
  /**
   * What the signal ends: the request at once, or only further attempts, so that a write that is on
   * its way is not left in doubt. Default `request`.
   */
  readonly signalEnds?: "request" | "retries";
}

export interface HttpClient {
  /**
   * Sends a request, again where that may help: no answer, 408, 429, 5xx.
   *
   * @throws {HttpError} when the last answer was not a success
   * @throws {NetworkError} when there was no answer
   */
  send(request: HttpRequest): Promise<HttpAnswer>;
}

export interface HttpClientOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** Between 0 and 1, for jitter. */
  readonly random: () => number;
  readonly limiter: RateLimiter;
  /** What the other side is called in messages: `PagerDuty`, `Port`. */
  readonly host: string;
  /** How an address is shown; for addresses that are themselves a secret. */
  readonly showUrl?: (url: string) => string;
  /** Called before an attempt that follows a failed one. */
  readonly onRetry?: (reason: string) => void;
  /** Called when a request has been sent, attempts of one request counted one by one. */
  readonly onRequest?: () => void;
}

/**
 * The one way out to a host: every attempt takes its place in the host's {@link RateLimiter}, has a
 * time limit that covers the body, and is repeated where that may help.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { clock, random, limiter, host } = options;
  const showUrl = options.showUrl ?? ((url: string) => url);
  let hasAnswered = false;

  async function attempt(
    request: Request,
    { signal, priority }: Pick<HttpRequest, "signal" | "priority">,
  ): Promise<Response> {
    const permit = await limiter.acquire(signal, priority);
    options.onRequest?.();
    const timeLimit = new AbortController();
    const timer = new AbortController();
    clock.sleep(attemptTimeoutMilliseconds, timer.signal).then(
      () => timeLimit.abort(new Error(`no answer within ${attemptTimeoutMilliseconds / 1000} s`)),
      () => undefined,
    );
    const onAbort = (): void => timeLimit.abort(request.signal.reason);
    request.signal.addEventListener("abort", onAbort, { once: true });
    let answer: Response;
    let text: string;
    try {
      answer = await options.fetch(request, { signal: timeLimit.signal, redirect: "manual" });
      // The body is part of the attempt: one that breaks off is retried like a refused connection.
      text = await answer.text();
    } catch (error) {
      permit.failed();
      throw timeLimit.signal.aborted ? timeLimit.signal.reason : error;
    } finally {
      timer.abort();
      request.signal.removeEventListener("abort", onAbort);
    }
    hasAnswered = true;
    permit.answered(answer.status, answer.headers);
    return new Response(text === "" ? null : text, {
      status: answer.status,
      headers: answer.headers,
    });
  }

  async function send(request: HttpRequest): Promise<HttpAnswer> {
    const { method, url, body, signal, signalEnds = "request" } = request;
    let failures = 0;
    let refusals = 0;

    const shouldRetry = async ({ error }: { error: Error }): Promise<boolean> => {
      if (signal?.aborted === true) return false;
      if (isHTTPError(error) && error.response.status === 429) {
        // The limiter makes it wait; a refusal for going too fast is not a failure.
        refusals += 1;
        if (refusals > mostRefusals) return false;
        options.onRetry?.(`429 from ${host}`);
        return true;
      }
      if (isHTTPError(error) && !isTransient(error.response.status)) return false;
      failures += 1;
      if (failures > (hasAnswered ? mostRetries : mostRetriesBeforeFirstAnswer)) return false;
      options.onRetry?.(
        isHTTPError(error)
          ? `${error.response.status} from ${host}`
          : describeCause(error, url, showUrl),
      );
      await clock.sleep(backoff(failures, random), signal);
      return true;
    };

    try {
      // ky decides on retries through `shouldRetry` alone: its own network error test does not know
      // Bun's messages, and its own delay can be given neither a clock nor a pause shared by all.
      const answer = await ky(url, {
        fetch: (input, init) => attempt(new Request(input, init), request),
        timeout: false,
        redirect: "manual",
        method,
        ...(request.headers === undefined ? {} : { headers: request.headers }),
        ...(body === undefined ? {} : { body }),
        ...(signal === undefined || signalEnds === "retries" ? {} : { signal }),
        retry: {
          limit: Number.MAX_SAFE_INTEGER,
          methods: [method.toLowerCase() as "get"],
          shouldRetry,
          delay: () => 0,
        },
      });
      return { status: answer.status, headers: answer.headers, text: await answer.text() };
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      if (isHTTPError(error)) throw createHttpError(error, { method, url: showUrl(url), host });
      const reason = describeCause(error, url, showUrl);
      // Runtimes name the address in their errors, and ky even the credentials.
      const cause = options.showUrl === undefined ? { cause: findCause(error) } : {};
      throw new NetworkError(`${host} did not answer: ${reason}: ${method} ${showUrl(url)}`, {
        host,
        method,
        url: showUrl(url),
        ...cause,
      });
    }
  }

  return { send };
}

function isTransient(status: number): boolean {
  return status === 408 || status >= 500;
}

function createHttpError(
  error: HTTPError,
  request: { method: string; url: string; host: string },
): HttpError {
  const { method, url, host } = request;
  const { status, headers } = error.response;
  const reason = readReason(error.data);
  const requestId = headers.get("x-request-id") ?? headers.get("x-trace-id") ?? undefined;
  const told = reason === "" ? "" : `: ${reason}`;
  const named = requestId === undefined ? "" : ` (request id ${requestId})`;
  return new HttpError(`${host} answered ${status}${told}${named}: ${method} ${url}`, {
    host,
    method,
    url,
    status,
    requestId,
    reason,
  });
}

/** What went wrong with a request in the runtime's own words, with the address as it may be shown. */
function describeCause(error: unknown, url: string, showUrl: (url: string) => string): string {
  const message = describeError(findCause(error));
  return message.replaceAll(url, showUrl(url)).replaceAll(new URL(url).href, showUrl(url));
}

/** The innermost error: Node's own says no more than "fetch failed". */
function findCause(error: unknown): unknown {
  if (error instanceof AggregateError && error.message === "") return findCause(error.errors[0]);
  return error instanceof Error && error.cause instanceof Error ? findCause(error.cause) : error;
}

/** The most of a reason that is shown: enough for every known message, too little for an HTML page. */
const longestReason = 500;

/**
 * The reason in an error body. PagerDuty's `error` is an object, a string or a list; Port's is a name
 * beside `message`; gateways answer HTML.
 */
function readReason(data: unknown): string {
  if (typeof data === "string") return shorten(data.replaceAll(/<[^>]*>/g, " "));
  if (!isRecord(data)) return "";
  const { error, message } = data;
  if (Array.isArray(error)) return shorten(error.join("; "));
  if (isRecord(error)) {
    const details = Array.isArray(error["errors"]) ? error["errors"] : [error["errors"] ?? ""];
    return shorten([error["message"] ?? "", ...details].filter((part) => part !== "").join(": "));
  }
  return shorten([error, message].filter((part) => typeof part === "string").join(": "));
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > longestReason ? `${line.slice(0, longestReason)}…` : line;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
