import type { Clock } from "../../clock.ts";
import { HttpError, UnusableAnswerError } from "../../errors.ts";
import type { HttpClient } from "../../http/client.ts";
import type { JsonObject } from "../../json.ts";
import { explainStranger } from "./answer/explain-stranger.ts";
import type { PortCredentials, PortSettingNames } from "./port-client.ts";
import { createPortBodyReader } from "./answer/parse-port-body.ts";

/** A token is renewed this long before it ends, so that none ends on its way. Milliseconds. */
const renewBefore = 60_000;

/** Until there is a token, whatever else is sent is only refused. See {@link HttpRequest.priority}. */
const beforeOthers = -1;

/** What requests are sent with for a while. */
export interface PortToken {
  readonly value: string;
  /** When it must not be used any more, by our own clock. */
  readonly renewAt: number;
}

/** The tokens that Port gives out for one pair of credentials. */
export interface PortTokens {
  /**
   * The token in use. All who need one while it is fetched wait for the same request.
   *
   * @throws {HttpError} {@link NetworkError} after all retries
   */
  use(signal: AbortSignal | undefined): Promise<PortToken>;
  /** The last that was given out. */
  readonly latest: PortToken | undefined;
  /** It was revoked before its time. Only the first of those that met it asks for another. */
  forget(used: PortToken): Promise<void>;
}

export interface PortTokensOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly baseUrl: string;
  readonly credentials: PortCredentials;
  /** User-Agent. */
  readonly agent: string;
  /** For errors. */
  readonly names: PortSettingNames;
}

/** Fetches tokens when they are needed. */
export function createPortTokens(options: PortTokensOptions): PortTokens {
  const { http, clock, baseUrl, credentials, agent, names } = options;
  const { clientId, clientSecret } = credentials;
  let token: Promise<PortToken> | undefined;
  let latest: PortToken | undefined;

  async function use(signal: AbortSignal | undefined): Promise<PortToken> {
    const current = token;
    if (current !== undefined) {
      const known = await current;
      if (clock.now() < known.renewAt) return known;
      // Others may have begun to renew it while we waited.
      if (token !== current) return use(signal);
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

  async function fetchToken(signal: AbortSignal | undefined): Promise<PortToken> {
    const url = `${baseUrl}/v1/auth/access_token`;
    const reader = createPortBodyReader("POST", "/auth/access_token");
    try {
      await http.send({
        method: "POST",
        url,
        examine: (answer) => reader.examine(answer) ?? describeNoToken(reader.body),
        headers: { "content-type": "application/json", "user-agent": agent },
        body: JSON.stringify({ clientId, clientSecret }),
        signal,
        priority: beforeOthers,
      });
      const { accessToken, expiresIn } = reader.body;
      const lasts = Math.max(0, Number(expiresIn) * 1000 - renewBefore);
      // The reader has seen to it.
      const value = typeof accessToken === "string" ? accessToken : "";
      latest = { value, renewAt: clock.now() + lasts };
      return latest;
    } catch (error) {
      if (error instanceof UnusableAnswerError) throw explainStranger(error, names, baseUrl);
      if (!(error instanceof HttpError) || error.status < 400 || error.status >= 500) throw error;
      throw error.withAdvice(
        `Port does not accept ${names.clientId} with ${names.clientSecret}. Check that both were copied whole, and that ${names.baseUrl} is the region of the account (https://api.getport.io or https://api.us.getport.io).`,
      );
    }
  }

  return {
    use,
    get latest() {
      return latest;
    },
    async forget(used) {
      const current = token;
      const known = await current?.catch(() => undefined);
      if (known === used && token === current) token = undefined;
    },
  };
}

function describeNoToken({ accessToken, expiresIn }: JsonObject): string | undefined {
  const isToken = typeof accessToken === "string" && typeof expiresIn === "number";
  return isToken ? undefined : "JSON that holds no token";
}
