import { ConfigError, HttpError, PagerportError } from "../errors.ts";
import type { HttpAnswer, HttpClient, HttpRequest } from "../http/client.ts";
import { isRecord } from "./objects.ts";

/** Query parameters in the order in which they are sent; repeated names are sets (`statuses[]`). */
export type Query = readonly (readonly [name: string, value: string])[];

/** One answer of PagerDuty's REST API. */
export interface PagerDutyAnswer {
  readonly body: Record<string, unknown>;
  /** PagerDuty's own time when it answered, milliseconds since 1970; undefined where it gave none. */
  readonly date: number | undefined;
}

export interface PagerDutyClient {
  /**
   * GETs a path of the API, in UTC.
   *
   * @throws {HttpError} {@link NetworkError} after all retries; the message of a 401 names the setting
   */
  get(
    path: string,
    query: Query,
    signal?: AbortSignal,
    /** Of requests that wait for the rate limit, the lowest goes first. Default 0. */
    priority?: number,
  ): Promise<PagerDutyAnswer>;
  /**
   * POSTs a question, as analytics asks them: it changes nothing, so it is repeated like a GET.
   *
   * @throws {HttpError} {@link NetworkError} as {@link PagerDutyClient.get}; 429 at once where a daily
   * quota is spent
   */
  ask(path: string, question: object, signal?: AbortSignal): Promise<PagerDutyAnswer>;
}

/** What changes something at PagerDuty. */
export interface PagerDutyWriter {
  /**
   * Sends a change, again where there was no answer or no success: one that creates something may have
   * done so more than once.
   *
   * @returns the answer's body; undefined where it has none
   * @throws {HttpError} {@link NetworkError} as {@link PagerDutyClient.get}
   */
  change(
    method: "POST" | "PUT" | "DELETE",
    path: string,
    body?: object,
    signal?: AbortSignal,
  ): Promise<Record<string, unknown> | undefined>;
}

/** What the user calls the settings that an error may be the fault of. */
export interface PagerDutySettingNames {
  readonly token: string;
  readonly apiUrl: string;
}

/** The names in the environment. */
const environmentNames: PagerDutySettingNames = { token: "PD_TOKEN", apiUrl: "PD_API_URL" };

export interface PagerDutyClientOptions {
  readonly http: HttpClient;
  /** What to send a path's requests with, where it has a rate limit of its own. */
  readonly httpFor?: (path: string) => HttpClient | undefined;
  /** `https://api.pagerduty.com`, `https://api.eu.pagerduty.com`, or a test's own. */
  readonly apiUrl: string;
  readonly token: string;
  /** The token as it is by now, asked for when PagerDuty refuses the one in use. */
  readonly readToken?: (() => string) | undefined;
  /** For errors. @default those of the environment, `PD_TOKEN` and `PD_API_URL` */
  readonly settingNames?: PagerDutySettingNames | undefined;
}

/**
 * OAuth access tokens begin so; everything else is an API key, of which no form is promised.
 * {@link https://developer.pagerduty.com/docs/oauth-functionality}
 */
const oauthToken = /^pd(?:us|eu)\+/;

/** Makes the client for one account. */
export function createPagerDutyClient(
  options: PagerDutyClientOptions,
): PagerDutyClient & PagerDutyWriter {
  const { http, settingNames = environmentNames } = options;
  const apiUrl = options.apiUrl.replace(/\/+$/, "");
  let { token } = options;

  /** Sends with the token in use, and again with another where that has come to be refused. */
  async function sendWithToken(
    client: HttpClient,
    request: Omit<HttpRequest, "headers">,
  ): Promise<HttpAnswer> {
    const used = token;
    try {
      return await client.send({ ...request, headers: headersWith(used) });
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 401) throw error;
      token = readAgain(options.readToken) ?? token;
      if (token === used) throw error;
      return client.send({ ...request, headers: headersWith(token) });
    }
  }

  async function send(path: string, request: Omit<HttpRequest, "headers">): Promise<HttpAnswer> {
    try {
      return await sendWithToken(options.httpFor?.(path) ?? http, request);
    } catch (error) {
      throw explain(error, apiUrl, settingNames);
    }
  }

  async function read(
    path: string,
    request: Omit<HttpRequest, "headers">,
  ): Promise<PagerDutyAnswer> {
    const answer = await send(path, request);
    const date = Date.parse(answer.headers.get("date") ?? "");
    return {
      body: parseBody(answer.text, `${request.method} ${request.url}`, settingNames),
      date: Number.isNaN(date) ? undefined : date,
    };
  }

  return {
    get(path, query, signal, priority) {
      const parameters = new URLSearchParams(query.map(([name, value]) => [name, value]));
      const search = parameters.size > 0 ? `?${parameters}` : "";
      return read(path, { method: "GET", url: `${apiUrl}${path}${search}`, signal, priority });
    },
    ask(path, question, signal) {
      const body = JSON.stringify(question);
      return read(path, { method: "POST", url: `${apiUrl}${path}`, body, signal });
    },
    async change(method, path, change, signal) {
      const url = `${apiUrl}${path}`;
      const body = change === undefined ? {} : { body: JSON.stringify(change) };
      const { text } = await send(path, { method, url, ...body, signal });
      return text === "" ? undefined : parseBody(text, `${method} ${url}`, settingNames);
    },
  };
}

function headersWith(token: string): Record<string, string> {
  return {
    accept: "application/vnd.pagerduty+json;version=2",
    "content-type": "application/json",
    authorization: oauthToken.test(token) ? `Bearer ${token}` : `Token token=${token}`,
  };
}

/** Undefined where it cannot be read just now: then the refusal is what there is to tell. */
function readAgain(readToken: (() => string) | undefined): string | undefined {
  try {
    return readToken?.();
  } catch {
    return undefined;
  }
}

/** A `\uD800`-style escape: JSON may hold half a surrogate pair, which no later stage can write. */
const surrogateEscape = /\\u[dD][89a-fA-F]/;

function parseBody(
  text: string,
  request: string,
  { apiUrl }: PagerDutySettingNames,
): Record<string, unknown> {
  let body: unknown;
  try {
    body = surrogateEscape.test(text) ? JSON.parse(text, makeWellFormed) : JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(
      `PagerDuty's answer is not JSON: ${request}\nIs ${apiUrl} the address of PagerDuty's API?`,
      { setting: apiUrl, cause },
    );
  }
  if (!isRecord(body)) throw new PagerportError(`PagerDuty's answer is not an object: ${request}`);
  return body;
}

function makeWellFormed(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.toWellFormed() : value;
}

const otherRegion: Record<string, string> = {
  "https://api.pagerduty.com": "https://api.eu.pagerduty.com",
  "https://api.eu.pagerduty.com": "https://api.pagerduty.com",
};

/** Adds to a refused credential which setting it came from, and what else it could be. */
function explain(error: unknown, apiUrl: string, names: PagerDutySettingNames): unknown {
  if (!(error instanceof HttpError)) return error;
  if (error.status === 404 && !error.reason.includes("Not Found")) {
    return error.withAdvice(`Is ${names.apiUrl} (${apiUrl}) the address of PagerDuty's API?`);
  }
  if (error.status !== 401) return error;
  const other = otherRegion[new URL(apiUrl).origin];
  const region =
    other === undefined
      ? `Is ${names.apiUrl} (${apiUrl}) the account's region?`
      : `If the account is in the other region, set ${names.apiUrl} to ${other}.`;
  return error.withAdvice(
    `PagerDuty does not accept the token in ${names.token}. Check that it was copied whole and is not revoked. ${region}`,
  );
}
