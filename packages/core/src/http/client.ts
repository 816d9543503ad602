import type { Clock } from "../clock.ts";
import { backoff } from "./backoff.ts";
import type { RateLimiter } from "./rate-limiter.ts";
import { createHttpError, createNetworkError, describeCause } from "./request-errors.ts";
import { createUnusableError, type ExamineAnswer } from "./unusable-answer.ts";

/** One attempt, its whole body included, may take this long. PagerDuty's own limit is shorter (408). */
const defaultTimeoutMilliseconds = 60_000;

/** Retries after no answer or a 5xx: about two minutes in all with {@link backoff}. */
const mostRetries = 10;

/** Before a host has answered even once its address is more likely wrong than it is busy. */
const mostRetriesBeforeFirstAnswer = 3;

/** Before an address has answered as its host does, another page in its place more likely means a wrong one. */
const mostRetriesOfStranger = 1;

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
  /** Makes headers just before each attempt, in place of those that may be out of date by its turn. */
  readonly createHeaders?: () => Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  /** Of requests that wait for the rate limit, the lowest goes first. Default 0. */
  readonly priority?: number | undefined;
  /**
   * What the signal ends: the request at once, or only further attempts, so that a write that is on
   * its way is not left in doubt. Default `request`.
   */
  readonly signalEnds?: "request" | "retries";
  /**
   * Looks at each success: one that cannot be the host's own is tried again as a 502 is. Default: whatever
   * the host answers is its own.
   */
  readonly examine?: ExamineAnswer | undefined;
  /** Asked right before each attempt; what it throws ends the request, which is not sent then. */
  readonly beforeAttempt?: () => Promise<void>;
}

/** What is known of a host, for all clients of it in a process. */
export interface HostContact {
  /** It has answered something. */
  hasAnswered: boolean;
  /** It has answered as it does. */
  hasServed: boolean;
}

export interface HttpClient {
  /**
   * Sends a request, again where that may help: no answer, 408, 429, 5xx, a success that is not the host's.
   *
   * @throws {HttpError} when the last answer was not a success
   * @throws {NetworkError} when there was no answer, or none of the host's own
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
  /** Milliseconds that one attempt may take, its whole body included. @default 60,000 */
  readonly timeout?: number | undefined;
  /** How often what failed is tried again; 429 does not count. @default 10, and 3 before the first answer */
  readonly retries?: number | undefined;
  /** How an address is shown; for addresses that are themselves a secret. */
  readonly showUrl?: (url: string) => string;
  /** Whether an answer that is no success is not worth another attempt, whatever its status. */
  readonly isFinal?: (status: number, headers: Headers) => boolean;
  /** Left out of whatever the host or the runtime says: error pages quote the request. */
  readonly secrets?: readonly string[];
  /** What other clients of the host know of it too. @default nothing is known yet */
  readonly contact?: HostContact | undefined;
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
  const { clock, random, limiter, host, timeout = defaultTimeoutMilliseconds } = options;
  const { retries = mostRetries } = options;
  const { contact = { hasAnswered: false, hasServed: false } } = options;

  /** One attempt. Its body is part of it: one that breaks off is retried like a refused connection. */
  async function attempt(request: HttpRequest): Promise<HttpAnswer> {
    const { method, url, body, signal, signalEnds = "request" } = request;
    const permit = await limiter.acquire(signal, request.priority);
    try {
      await request.beforeAttempt?.();
    } catch (error) {
      permit.failed();
      throw new NotAdmitted(error);
    }
    const headers = request.createHeaders?.() ?? request.headers;
    options.onRequest?.();
    const timer = new AbortController();
    const stop = new AbortController();
    clock.sleep(timeout, timer.signal).then(
      () => stop.abort(new Error(`no answer within ${timeout / 1000} s`)),
      () => undefined,
    );
    const onAbort = (): void => stop.abort(signal?.reason);
    if (signalEnds === "request") signal?.addEventListener("abort", onAbort, { once: true });
    try {
      const answer = await options.fetch(url, {
        method,
        // A redirected write would become a GET, and credentials would go elsewhere.
        redirect: "manual",
        signal: stop.signal,
        ...(headers === undefined ? {} : { headers }),
        ...(body === undefined ? {} : { body }),
      });
      const text = await answer.text();
      contact.hasAnswered = true;
      permit.answered(answer.status, answer.headers);
      return { status: answer.status, headers: answer.headers, text };
    } catch (error) {
      permit.failed();
      throw stop.signal.aborted ? stop.signal.reason : error;
    } finally {
      // With a reason of its own no error is made that nobody sees.
      timer.abort("answered");
      signal?.removeEventListener("abort", onAbort);
    }
  }

  async function send(request: HttpRequest): Promise<HttpAnswer> {
    const { signal } = request;
    const failed = {
      ...request,
      host,
      showUrl: options.showUrl,
      secrets: options.secrets ?? [],
    };
    let failures = 0;
    let refusals = 0;
    for (;;) {
      let answer: HttpAnswer | undefined;
      let isStranger = false;
      let reason: string;
      let createError: () => Error;
      try {
        answer = await attempt(request);
        const { status } = answer;
        const given = answer;
        if (status >= 200 && status < 300) {
          const problem = request.examine?.(given);
          if (problem === undefined) {
            contact.hasServed = true;
            return given;
          }
          isStranger = true;
          reason = `${status} with ${problem} from ${host}`;
          createError = () => createUnusableError(failed, given, problem);
        } else {
          reason = `${status} from ${host}`;
          createError = () => createHttpError(failed, given);
        }
      } catch (error) {
        if (error instanceof NotAdmitted) throw error.cause;
        reason = describeCause(failed, error);
        createError = () => createNetworkError(failed, error);
      }

      signal?.throwIfAborted();
      if (answer !== undefined && options.isFinal?.(answer.status, answer.headers) === true) {
        throw createError();
      }
      if (answer?.status === 429) {
        // The limiter makes it wait; a refusal for going too fast is not a failure.
        refusals += 1;
        if (refusals > mostRefusals) throw createError();
        options.onRetry?.(reason);
        continue;
      }
      if (answer !== undefined && !isStranger && !isTransient(answer.status)) throw createError();
      failures += 1;
      const most = Math.min(retries, mostRetriesNow(contact, isStranger));
      if (failures > most) throw createError();
      options.onRetry?.(reason);
      await clock.sleep(backoff(failures, random), signal);
    }
  }

  return { send };
}

function mostRetriesNow({ hasAnswered, hasServed }: HostContact, isStranger: boolean): number {
  if (isStranger && !hasServed) return mostRetriesOfStranger;
  return hasAnswered ? Infinity : mostRetriesBeforeFirstAnswer;
}

/** What {@link HttpRequest.beforeAttempt} threw: no fault of the host's, and not to be tried again. */
class NotAdmitted extends Error {
  constructor(cause: unknown) {
    super("Not admitted", { cause });
  }
}

function isTransient(status: number): boolean {
  return status === 408 || status >= 500;
}
