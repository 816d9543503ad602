import type { Clock } from "../../clock.ts";
import { HttpError, PagerportError } from "../../errors.ts";
import type { HttpClient } from "../../http/client.ts";
import type { Json, JsonObject } from "../../json.ts";

/** A token is renewed this long before it ends, so that none ends on its way. Milliseconds. */
const renewBefore = 60_000;

/** Until there is a token, whatever else is sent is only refused. See {@link HttpRequest.priority}. */
const beforeOthers = -1;

/** Tokens that one request is tried with: the next may be revoked as well before it arrives. */
const mostTokens = 5;

/** Which writes an entity belongs to the writer by: Port tells owners apart by their User-Agent. */
type Ownership = "exporter" | "none" | "nobody";

export interface PortRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/v1`, with a leading slash; parts of it already encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: JsonObject;
  /** Beside those that every request has. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * `exporter` for everything that reads or writes entities; `nobody` for a write into another's entity,
   * which is not to become ours.
   */
  readonly as?: Ownership;
  readonly signal?: AbortSignal | undefined;
  /** See {@link HttpRequest.signalEnds}. */
  readonly signalEnds?: "request" | "retries";
}

/** One answer of Port's API. */
export interface PortAnswer {
  readonly status: number;
  readonly body: JsonObject;
  /** Port's own time when it answered, milliseconds since 1970; undefined where it gave none. */
  readonly date: number | undefined;
}

/** Port's API, as one integration uses it. */
export interface PortClient {
  /**
   * Sends one request with a token that is fetched when it is needed.
   *
   * @throws {HttpError} {@link NetworkError} after all retries; the message of a refused credential
   * names the settings
   */
  send(request: PortRequest): Promise<PortAnswer>;
}

/** What the user calls the settings that an error may be the fault of. */
export interface PortSettingNames {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly baseUrl: string;
}

/** The names in the environment. */
const environmentNames: PortSettingNames = {
  clientId: "PORT_CLIENT_ID",
  clientSecret: "PORT_CLIENT_SECRET",
  baseUrl: "PORT_BASE_URL",
};

export interface PortClientOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  /** `https://api.getport.io`, `https://api.us.getport.io`, or a test's own. */
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What the integration is called in Port; entities belong to it. */
  readonly integrationIdentifier: string;
  /** Version of pagerport. */
  readonly version: string;
  /** For errors. @default those of the environment, `PORT_CLIENT_ID` and so on */
  readonly settingNames?: PortSettingNames | undefined;
}

interface Token {
  readonly value: string;
  /** When it must not be used any more, by our own clock. */
  readonly renewAt: number;
}

/** Makes the client of one integration. */
export function createPortClient(options: PortClientOptions): PortClient {
  const { http, clock, baseUrl, clientId, clientSecret } = options;
  const names = options.settingNames ?? environmentNames;
  const agent = `port-ocean/pagerduty/${options.version}/${options.integrationIdentifier}`;
  const agents: Readonly<Record<Ownership, string>> = {
    exporter: `${agent}/exporter`,
    none: agent,
    nobody: `pagerport/${options.version}`,
  };
  let token: Promise<Token> | undefined;
  /** The last that was given out. */
  let latest: Token | undefined;

  /** The token in use. All who need one while it is fetched wait for the same request. */
  async function useToken(signal: AbortSignal | undefined): Promise<Token> {
    const current = token;
    if (current !== undefined) {
      const known = await current;
      if (clock.now() < known.renewAt) return known;
      // Others may have begun to renew it while we waited.
      if (token !== current) return useToken(signal);
    }
    const fetched = fetchToken(signal);
    token = fetched;
    try {
      return await fetched;
    } catch (error) {
      if (token === fetched) token = undefined;
      throw error;
    }
  }

  async function fetchToken(signal: AbortSignal | undefined): Promise<Token> {
    const url = `${baseUrl}/v1/auth/access_token`;
    try {
      const answer = await http.send({
        method: "POST",
        url,
        headers: { "content-type": "application/json", "user-agent": agent },
        body: JSON.stringify({ clientId, clientSecret }),
        signal,
        priority: beforeOthers,
      });
      const { accessToken, expiresIn } = parseBody(answer.text, "POST", url);
      if (typeof accessToken !== "string" || typeof expiresIn !== "number") {
        throw new PagerportError(`Port's answer holds no token: POST ${url}`);
      }
      const lasts = Math.max(0, expiresIn * 1000 - renewBefore);
      latest = { value: accessToken, renewAt: clock.now() + lasts };
      return latest;
    } catch (error) {
      if (!(error instanceof HttpError) || error.status < 400 || error.status >= 500) throw error;
      throw error.withAdvice(
        `Port does not accept ${names.clientId} with ${names.clientSecret}. Check that both were copied whole, and that ${names.baseUrl} is the region of the account (https://api.getport.io or https://api.us.getport.io).`,
      );
    }
  }

  /** Revoked before its time. Only the first of those that met it asks for another. */
  async function forgetToken(used: Token): Promise<void> {
    const current = token;
    const known = await current?.catch(() => undefined);
    if (known === used && token === current) token = undefined;
  }

  async function send(request: PortRequest): Promise<PortAnswer> {
    const { method, path, query, body, headers, as = "none", signal, signalEnds } = request;
    const search = new URLSearchParams(
      Object.entries(query ?? {}).map(([name, value]) => [name, String(value)]),
    );
    const url = `${baseUrl}/v1${path}${search.size > 0 ? `?${search}` : ""}`;
    for (let tried = 1; ; tried += 1) {
      let used = await useToken(signal);
      // While it waited for its turn the token may have been replaced.
      const createHeaders = (): Record<string, string> => {
        used = latest ?? used;
        return {
          ...headers,
          authorization: `Bearer ${used.value}`,
          "user-agent": agents[as],
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        };
      };
      try {
        const answer = await http.send({
          method,
          url,
          createHeaders,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal,
          ...(signalEnds === undefined ? {} : { signalEnds }),
        });
        const date = Date.parse(answer.headers.get("date") ?? "");
        return {
          status: answer.status,
          body: answer.text === "" ? {} : parseBody(answer.text, method, url),
          date: Number.isNaN(date) ? undefined : date,
        };
      } catch (error) {
        const isRefused = error instanceof HttpError && error.status === 401;
        if (!isRefused || tried === mostTokens) throw error;
        await forgetToken(used);
      }
    }
  }

  return { send };
}

function parseBody(text: string, method: string, url: string): JsonObject {
  let body: Json;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new PagerportError(`Port's answer is not JSON: ${method} ${url}`, { cause });
  }
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body;
  throw new PagerportError(`Port's answer is not an object: ${method} ${url}`);
}
