import { describeError, HttpError, NetworkError } from "../errors.ts";
import { hideSecrets } from "./mask-url.ts";

/** A request, as far as its errors tell of it. */
export interface FailedRequest {
  /** What the other side is called: `PagerDuty`, `Port`. */
  readonly host: string;
  readonly method: string;
  readonly url: string;
  /** How its address is shown; undefined where it may be shown as it is. */
  readonly showUrl: ((url: string) => string) | undefined;
  /** Never shown, whoever repeats them. */
  readonly secrets: readonly string[];
}

/** The error of a request that was answered, but not with success. */
export function createHttpError(
  request: FailedRequest,
  answer: { readonly status: number; readonly headers: Headers; readonly text: string },
): HttpError {
  const { host, method, secrets } = request;
  const { status, headers, text } = answer;
  const url = showUrl(request);
  const reason = shorten(hideSecrets(readReason(text), secrets));
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

/** The error of a request that was not answered. */
export function createNetworkError(request: FailedRequest, error: unknown): NetworkError {
  const { host, method } = request;
  const url = showUrl(request);
  const reason = describeCause(request, error);
  return new NetworkError(`${host} did not answer: ${reason}: ${method} ${url}`, {
    host,
    method,
    url,
    // Runtimes name the address in their errors, which may be a secret.
    ...(request.showUrl === undefined ? { cause: findCause(error) } : {}),
  });
}

/** What went wrong in the runtime's own words, with the address as it may be shown. */
export function describeCause(request: FailedRequest, error: unknown): string {
  const shown = showUrl(request);
  const message = describeError(findCause(error));
  const masked = message
    .replaceAll(request.url, shown)
    .replaceAll(new URL(request.url).href, shown);
  return hideSecrets(masked, request.secrets);
}

function showUrl(request: FailedRequest): string {
  return request.showUrl?.(request.url) ?? request.url;
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
function readReason(text: string): string {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    // Not `[^>]*`: on megabytes of `<` it would look from each to the end.
    return text.replaceAll(/<[^<>]*>/g, " ");
  }
  if (!isRecord(data)) return "";
  const { error, message } = data;
  if (Array.isArray(error)) return error.join("; ");
  if (isRecord(error)) {
    const details = Array.isArray(error["errors"]) ? error["errors"] : [error["errors"] ?? ""];
    return [error["message"] ?? "", ...details].filter((part) => part !== "").join(": ");
  }
  return [error, message].filter((part) => typeof part === "string").join(": ");
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > longestReason ? `${line.slice(0, longestReason)}…` : line;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
