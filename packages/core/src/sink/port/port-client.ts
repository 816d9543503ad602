import type { Clock } from "../../clock.ts";
import { HttpError, UnusableAnswerError } from "../../errors.ts";
import type { HttpClient } from "../../http/client.ts";
import { createCredential } from "../../http/credential.ts";
import type { JsonObject } from "../../json.ts";
import { explainStranger } from "./answer/explain-stranger.ts";
import { createPortBodyReader } from "./answer/parse-port-body.ts";
import { createPortTokens, type PortToken, type PortTokens } from "./port-tokens.ts";

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
  /** See {@link HttpRequest.beforeAttempt}. */
  readonly beforeAttempt?: () => Promise<void>;
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
  /** Both as they are by now: asked for every 30 s, and when Port refuses those in use. */
  readonly readCredentials?: (() => PortCredentials) | undefined;
  /**
   * Makes sure that credentials that take the place of others are of the same organisation, with a client
   * that uses them: nothing else is sent with them before. @default all credentials are good
   */
  readonly admit?: AdmitCredentials | undefined;
  /** Told what a person should know of changes of the credentials. */
  readonly onNotice?: ((message: string) => void) | undefined;
  /** For errors. @default those of the environment, `PORT_CLIENT_ID` and so on */
  readonly settingNames?: PortSettingNames | undefined;
}

/** What Port gives tokens for. */
export interface PortCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** @throws {ForeignHostError} where they are of another organisation */
export type AdmitCredentials = (candidate: PortClient) => Promise<void>;

/** Makes the client of one integration. */
export function createPortClient(options: PortClientOptions): PortClient {
  const { http, clock, baseUrl, clientId, clientSecret, readCredentials, admit } = options;
  const names = options.settingNames ?? environmentNames;
  const agent = `port-ocean/pagerduty/${options.version}/${options.integrationIdentifier}`;
  const agents: Readonly<Record<Ownership, string>> = {
    exporter: `${agent}/exporter`,
    none: agent,
    nobody: `pagerport/${options.version}`,
  };
  const credential = createCredential<PortCredentials>({
    value: { clientId, clientSecret },
    read: readCredentials,
    isSame: isSameCredentials,
    admit: admit && ((value) => admit(createCandidate(options, value))),
    name: `${names.clientId} or ${names.clientSecret}`,
    clock,
    onNotice: options.onNotice,
  });
  const createTokens = (credentials: PortCredentials): PortTokens =>
    createPortTokens({ http, clock, baseUrl, credentials, agent, names });
  let inUse: { readonly credentials: PortCredentials; readonly tokens: PortTokens } | undefined;

  /** A token of the credentials that count by now. */
  async function useTokens(
    signal: AbortSignal | undefined,
  ): Promise<{ readonly tokens: PortTokens; readonly first: PortToken }> {
    const credentials = await credential.use(signal);
    if (inUse === undefined || !isSameCredentials(inUse.credentials, credentials)) {
      inUse = { credentials, tokens: createTokens(credentials) };
    }
    const { tokens } = inUse;
    try {
      return { tokens, first: await tokens.use(signal) };
    } catch (error) {
      // Refused: they may have been replaced.
      if (!(error instanceof HttpError) || error.status >= 500) throw error;
      if ((await credential.replace(credentials, signal)) === undefined) throw error;
      return useTokens(signal);
    }
  }

  async function send(request: PortRequest): Promise<PortAnswer> {
    const { method, path, query, body, headers, as = "none", signal, signalEnds } = request;
    const { beforeAttempt } = request;
    const search = new URLSearchParams(
      Object.entries(query ?? {}).map(([name, value]) => [name, String(value)]),
    );
    const url = `${baseUrl}/v1${path}${search.size > 0 ? `?${search}` : ""}`;
    const reader = createPortBodyReader(method, path);
    for (let tried = 1; ; tried += 1) {
      const { tokens, first } = await useTokens(signal);
      let used = first;
      // While it waited for its turn the token may have been replaced.
      const createHeaders = (): Record<string, string> => {
        used = tokens.latest ?? used;
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
          examine: reader.examine,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal,
          ...(signalEnds === undefined ? {} : { signalEnds }),
          ...(beforeAttempt === undefined ? {} : { beforeAttempt }),
        });
        const date = Date.parse(answer.headers.get("date") ?? "");
        return {
          status: answer.status,
          body: reader.body,
          date: Number.isNaN(date) ? undefined : date,
        };
      } catch (error) {
        if (error instanceof UnusableAnswerError) throw explainStranger(error, names, baseUrl);
        const isRefused = error instanceof HttpError && error.status === 401;
        if (!isRefused || tried === mostTokens) throw error;
        await tokens.forget(used);
      }
    }
  }

  return { send };
}

/** A client that uses credentials that are not in use yet, for their admission. */
function createCandidate(options: PortClientOptions, credentials: PortCredentials): PortClient {
  const fixed = { readCredentials: undefined, admit: undefined };
  return createPortClient({ ...options, ...fixed, ...credentials });
}

function isSameCredentials(one: PortCredentials, other: PortCredentials): boolean {
  return one.clientId === other.clientId && one.clientSecret === other.clientSecret;
}
