import { type Clock, systemClock } from "../clock.ts";
import { HttpError, UnusableAnswerError } from "../errors.ts";
import type { HttpAnswer, HttpClient, HttpRequest } from "../http/client.ts";
import { createCredential } from "../http/credential.ts";
import { describeNoJson, mayBeEmpty } from "../http/unusable-answer.ts";
import { parseWellFormedJson } from "../parse-json.ts";
import { describeForeignBody } from "./foreign-body.ts";
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
  /** How many tokens it has used so far; not there where the token stays the same. */
  countTokens?(): number;
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
  /** The token as it is by now: asked for every 30 s, and when PagerDuty refuses the one in use. */
  readonly readToken?: (() => string) | undefined;
  /**
   * Makes sure that a token that takes the place of another is of the same account, with a client that uses
   * it: nothing else is sent with it before. @default every token is good
   */
  readonly admit?: AdmitToken | undefined;
  /** The first token is to be admitted too. @default false */
  readonly admitsFirst?: boolean | undefined;
  /** @default systemClock */
  readonly clock?: Clock | undefined;
  /** Told what a person should know of changes of the token. */
  readonly onNotice?: ((message: string) => void) | undefined;
  /** For errors. @default those of the environment, `PD_TOKEN` and `PD_API_URL` */
  readonly settingNames?: PagerDutySettingNames | undefined;
}

/** @throws {ForeignHostError} where it is another account's */
export type AdmitToken = (candidate: PagerDutyClient) => Promise<void>;

/** The admission of a token goes before all that waits for it. See {@link HttpRequest.priority}. */
const beforeOthers = -1;

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
  const { token, readToken, admit, admitsFirst, clock = systemClock, onNotice } = options;
  const credential = createCredential<string>({
    value: token,
    read: readToken,
    admit: admit && ((value) => admit(createCandidate(options, value))),
    admitsFirst,
    name: settingNames.token,
    clock,
    onNotice,
  });

  /** Sends with the token in use, and again with another where that has come to be refused. */
  async function sendWithToken(
    client: HttpClient,
    request: Omit<HttpRequest, "headers">,
  ): Promise<HttpAnswer> {
    const used = await credential.use(request.signal);
    try {
      return await client.send({ ...request, headers: headersWith(used) });
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 401) throw error;
      const other = await credential.replace(used, request.signal);
      if (other === undefined) throw error;
      return client.send({ ...request, headers: headersWith(other) });
    }
  }

  async function send(path: string, request: Omit<HttpRequest, "headers">): Promise<HttpAnswer> {
    try {
      return await sendWithToken(options.httpFor?.(path) ?? http, request);
    } catch (error) {
      throw explain(error, apiUrl, settingNames);
    }
  }

  /** What is not PagerDuty's own answer is not taken for one: it is asked again, as after a 502. */
  async function sendForBody(
    path: string,
    request: Omit<HttpRequest, "headers">,
  ): Promise<{ answer: HttpAnswer; body: Record<string, unknown> | undefined }> {
    let body: Record<string, unknown> | undefined;
    const answer = await send(path, {
      ...request,
      examine: (given) => {
        body = undefined;
        if (request.method !== "GET" && mayBeEmpty(given)) return undefined;
        const parsed = parseBody(given.text);
        if (parsed === undefined) return describeNoJson(given);
        if (!isRecord(parsed)) return "JSON that is not an object";
        body = parsed;
        return describeForeignBody(request.method, path, parsed);
      },
    });
    return { answer, body };
  }

  async function read(
    path: string,
    request: Omit<HttpRequest, "headers">,
  ): Promise<PagerDutyAnswer> {
    const { answer, body } = await sendForBody(path, request);
    const date = Date.parse(answer.headers.get("date") ?? "");
    return { body: body ?? {}, date: Number.isNaN(date) ? undefined : date };
  }

  return {
    ...(readToken === undefined ? {} : { countTokens: () => credential.count }),
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
      return (await sendForBody(path, { method, url, ...body, signal })).body;
    },
  };
}

/** A client that uses a token that is not in use yet, for its admission. */
function createCandidate(options: PagerDutyClientOptions, token: string): PagerDutyClient {
  const fixed = { readToken: undefined, admit: undefined, admitsFirst: false };
  const client = createPagerDutyClient({ ...options, ...fixed, token });
  return {
    get: (path, query, signal) => client.get(path, query, signal, beforeOthers),
    ask: (path, question, signal) => client.ask(path, question, signal),
  };
}

function headersWith(token: string): Record<string, string> {
  return {
    accept: "application/vnd.pagerduty+json;version=2",
    "content-type": "application/json",
    authorization: oauthToken.test(token) ? `Bearer ${token}` : `Token token=${token}`,
  };
}

/** Undefined where it is not JSON. */
function parseBody(text: string): unknown {
  try {
    return parseWellFormedJson(text);
  } catch {
    return undefined;
  }
}

const otherRegion: Record<string, string> = {
  "https://api.pagerduty.com": "https://api.eu.pagerduty.com",
  "https://api.eu.pagerduty.com": "https://api.pagerduty.com",
};

/** Adds to a refused credential which setting it came from, and what else it could be. */
function explain(error: unknown, apiUrl: string, names: PagerDutySettingNames): unknown {
  if (error instanceof UnusableAnswerError) {
    return error.withAdvice(
      `Is ${names.apiUrl} (${apiUrl}) the address of PagerDuty's API? Otherwise something on the way, such as a gateway or a proxy, answers in its place.`,
    );
  }
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
