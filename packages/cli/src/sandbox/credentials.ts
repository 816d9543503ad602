import { accessDenied, authenticationFailed } from "./pagerduty-errors.ts";
import { hashText } from "./random.ts";

/** Who asks, as the credential tells. */
export interface Caller {
  /** Whose request budget is used. */
  readonly bucket: string;
  readonly mayWrite: boolean;
  /** What a scoped token may do; undefined: everything. */
  readonly scopes: ReadonlySet<string> | undefined;
  /** The only team whose services and incidents are listed; undefined: all. */
  readonly teamId: string | undefined;
}

/** The credentials of an account. */
export interface CredentialOptions {
  readonly token: string;
  readonly readOnlyToken: string;
  readonly teamToken: string;
  readonly teamId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly region: "us" | "eu";
  /** What the application was granted; others that a token request names are dropped without an error. */
  readonly grantedScopes: readonly string[];
}

interface IssuedToken {
  readonly expiresAt: number;
  readonly region: string;
  readonly scopes: ReadonlySet<string>;
}

/** Life of a client-credentials token in seconds: one day (PagerDuty's OAuth guide). */
const tokenSeconds = 86_400;

/** Checks API keys and issues client-credentials tokens. */
export class Credentials {
  #options: CredentialOptions;
  readonly #now: () => number;
  readonly #issued = new Map<string, IssuedToken>();

  /** @param now milliseconds since 1970 */
  constructor(options: CredentialOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  /** Gives the account other keys: those before are revoked. */
  replace(keys: Partial<Pick<CredentialOptions, "token" | "readOnlyToken">>): void {
    this.#options = { ...this.#options, ...keys };
  }

  /** Who sends that `Authorization`; throws PagerDuty's 401 where nobody does. */
  identify(authorization: string | null): Caller {
    const { token, readOnlyToken, teamToken, teamId, region } = this.#options;
    const key = /^Token token=(.+)$/.exec(authorization ?? "")?.[1];
    const everything = { scopes: undefined, teamId: undefined };
    if (key === token) return { bucket: "key", mayWrite: true, ...everything };
    if (key === readOnlyToken) return { bucket: "read-only", mayWrite: false, ...everything };
    if (key === teamToken) return { bucket: "team", mayWrite: true, scopes: undefined, teamId };

    const bearer = /^Bearer (.+)$/.exec(authorization ?? "")?.[1] ?? "";
    const issued = this.#issued.get(bearer);
    // A token for the other region's account is not known here.
    if (issued === undefined || issued.expiresAt <= this.#now() || issued.region !== region) {
      throw authenticationFailed();
    }
    return { bucket: "app", mayWrite: true, scopes: issued.scopes, teamId: undefined };
  }

  /** `POST /oauth/token`, with the client-credentials grant. */
  async issue(request: Request): Promise<Response> {
    const contentType = request.headers.get("content-type") ?? "";
    if (!contentType.startsWith("application/x-www-form-urlencoded")) {
      return oauthError(400, "invalid_request", "The body must be form-encoded");
    }
    const form = new URLSearchParams(await request.text());
    if (form.get("grant_type") !== "client_credentials") {
      return oauthError(400, "unsupported_grant_type", "Only client_credentials is supported");
    }
    const { clientId, clientSecret, grantedScopes } = this.#options;
    if (form.get("client_id") !== clientId || form.get("client_secret") !== clientSecret) {
      return oauthError(401, "invalid_client", "Client authentication failed");
    }
    const asked = (form.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
    const account = asked.find((scope) => /^as_account-(?:us|eu)\..+$/.test(scope));
    if (account === undefined) {
      return oauthError(400, "invalid_scope", "The scope must name an account: as_account-…");
    }
    const scopes = [account, ...asked.filter((scope) => grantedScopes.includes(scope))];
    const number = this.#issued.size + 1;
    const token = `pdus+_0X${hashText(`${account} ${number}`).toString(36)}SANDBOX${number}`;
    this.#issued.set(token, {
      expiresAt: this.#now() + tokenSeconds * 1000,
      region: account.slice("as_account-".length, "as_account-".length + 2),
      scopes: new Set(scopes),
    });
    return Response.json({
      access_token: token,
      scope: scopes.join(" "),
      token_type: "bearer",
      expires_in: tokenSeconds,
    });
  }
}

/** Throws 403 where a caller may not do what it asks for. */
export function authorize(caller: Caller, method: string, resource: string): void {
  const reads = method === "GET" || method === "HEAD";
  if (!reads && !caller.mayWrite) throw accessDenied("The API token is read-only");
  const scope = `${resource}.${reads ? "read" : "write"}`;
  if (caller.scopes !== undefined && !caller.scopes.has(scope)) {
    throw accessDenied(`The token does not have the scope ${scope}`);
  }
}

function oauthError(status: number, error: string, description: string): Response {
  return Response.json({ error, error_description: description }, { status });
}
