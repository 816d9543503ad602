import {
  type Clock,
  connectPagerDuty,
  type ConnectPagerDutyOptions,
  HttpError,
  NetworkError,
  type PagerDutyClient,
  type PagerDutyWriter,
  systemClock,
  UnusableAnswerError,
} from "@pagerport/core";
import type { PagerDutyAccess } from "./read-credentials.ts";

type OauthCredential = Extract<PagerDutyAccess["credential"], { type: "oauth" }>;

/**
 * All that pagerport reads, and the subscription that it makes; of what the application was not granted
 * PagerDuty gives a token without.
 * {@link https://developer.pagerduty.com/docs/oauth-functionality}
 */
const scopes = [
  "abilities.read",
  "analytics.write",
  "escalation_policies.read",
  "incidents.read",
  "oncalls.read",
  "priorities.read",
  "schedules.read",
  "services.read",
  "teams.read",
  "users.read",
  "webhook_subscriptions.read",
  "webhook_subscriptions.write",
];

/** A token is renewed this long before it ends, so that none ends on its way. Milliseconds. */
const renewBefore = 300_000;
/** Milliseconds that the answer may take. */
const answerWithin = 30_000;

interface Token {
  readonly value: string;
  /** By our own clock. */
  readonly renewAt: number;
}

export type ConnectWithOauthOptions = Omit<ConnectPagerDutyOptions, "token" | "readToken"> & {
  readonly credential: OauthCredential;
};

/**
 * Makes a client of PagerDuty's API that fetches a token with its first request, and another before it
 * ends or when it is refused.
 */
export function connectWithOauth(
  options: ConnectWithOauthOptions,
): PagerDutyClient & PagerDutyWriter {
  const { credential, fetch = globalThis.fetch, clock = systemClock } = options;
  let token: Token | undefined;
  let fetching: Promise<Token> | undefined;
  let client: (PagerDutyClient & PagerDutyWriter) | undefined;

  async function renew(): Promise<Token> {
    fetching ??= fetchToken(credential, fetch, clock).finally(() => {
      fetching = undefined;
    });
    token = await fetching;
    return token;
  }

  async function send<Value>(
    work: (client: PagerDutyClient & PagerDutyWriter) => Promise<Value>,
  ): Promise<Value> {
    const used = token !== undefined && clock.now() < token.renewAt ? token : await renew();
    client ??= connectPagerDuty({
      ...options,
      token: used.value,
      // It asks when the one in use is refused, be that because it has ended.
      readToken: () => token?.value ?? used.value,
    });
    try {
      return await work(client);
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 401) throw error;
      // Somebody may have revoked it; whoever else was refused has perhaps renewed it by now.
      if (token === used) await renew();
      return work(client);
    }
  }

  return {
    get: (...request) => send((connected) => connected.get(...request)),
    ask: (...request) => send((connected) => connected.ask(...request)),
    change: (...request) => send((connected) => connected.change(...request)),
  };
}

async function fetchToken(
  { tokenUrl: url, clientId, clientSecret, region, subDomain }: OauthCredential,
  fetch: typeof globalThis.fetch,
  clock: Clock,
): Promise<Token> {
  const place = { host: "PagerDuty", method: "POST", url };
  const request = {
    method: "POST",
    headers: { accept: "application/json" },
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      scope: `as_account-${region}.${subDomain} ${scopes.join(" ")}`,
    }),
    signal: AbortSignal.timeout(answerWithin),
  };
  const response = await fetch(url, request).catch((cause: unknown) => {
    throw new NetworkError(`PagerDuty did not answer: POST ${url}`, { ...place, cause });
  });
  if (!response.ok) {
    const message = `PagerDuty gives no token to the application in pagerDuty.oauth (status ${response.status}): POST ${url}`;
    throw new HttpError(message, { ...place, status: response.status, reason: "" });
  }
  const answer: unknown = await response.json().catch(() => undefined);
  const { access_token: value, expires_in: seconds } = (answer ?? {}) as Record<string, unknown>;
  if (typeof value !== "string" || value === "") {
    // What knows no reason to give none is not PagerDuty: something on the way has answered.
    const message = `PagerDuty's address answered ${response.status} without a token: POST ${url}\nIs pagerDuty.oauth.identityUrl right? Otherwise something on the way, such as a gateway or a proxy, answers in its place.`;
    throw new UnusableAnswerError(message, place);
  }
  const lasts = typeof seconds === "number" ? seconds * 1000 : 0;
  return { value, renewAt: clock.now() + Math.max(0, lasts - renewBefore) };
}
