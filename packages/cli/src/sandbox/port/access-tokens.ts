import { hash } from "../random.ts";
import { type JsonObject } from "./json-object.ts";
import { invalid, PortProblem, unauthorized } from "./port-errors.ts";

/** Credentials of the organisation. */
export interface PortClients {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Its tokens may read and nothing else. */
  readonly readOnlyClientId: string;
}

interface IssuedToken {
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly mayWrite: boolean;
}

/** Issues access tokens, and knows which are still good. */
export class AccessTokens {
  #clients: PortClients;
  readonly #now: () => number;
  readonly #key: number;
  readonly #issued = new Map<string, IssuedToken>();
  #count = 0;

  /**
   * @param key tells this organisation's tokens from others'
   * @param now milliseconds since 1970
   */
  constructor(clients: PortClients, key: number, now: () => number) {
    this.#clients = clients;
    this.#key = key;
    this.#now = now;
  }

  /** How many were ever issued. */
  get count(): number {
    return this.#count;
  }

  /** `POST /v1/auth/access_token`. @param seconds the token's life */
  issue(body: JsonObject, seconds: number): Response {
    const { clientId, clientSecret } = body;
    if (typeof clientId !== "string" || typeof clientSecret !== "string") {
      throw invalid("body must have required property 'clientId' and 'clientSecret'");
    }
    const known = this.#clients;
    const mayWrite = clientId === known.clientId;
    const isKnown = mayWrite || clientId === known.readOnlyClientId;
    if (!isKnown || clientSecret !== known.clientSecret) {
      throw new PortProblem(401, "invalid_credentials", "Invalid client id or client secret");
    }
    this.#count++;
    const token = `sandbox.${this.#count}.${hash(this.#key, this.#count).toString(36)}`;
    this.#issued.set(token, { expiresAt: this.#now() + seconds * 1000, mayWrite });
    return Response.json({
      ok: true,
      accessToken: token,
      expiresIn: seconds,
      tokenType: "Bearer",
    });
  }

  /** What the bearer of that `Authorization` may do; 401 where it is nobody's (or another account's). */
  identify(authorization: string | null): { readonly mayWrite: boolean } {
    const token = /^Bearer (.+)$/.exec(authorization ?? "")?.[1];
    if (token === undefined) throw unauthorized("The request has no access token");
    const issued = this.#issued.get(token);
    if (issued === undefined) throw unauthorized("The access token is not valid");
    if (issued.expiresAt <= this.#now()) throw unauthorized("The access token has expired");
    return issued;
  }

  /** Gives the organisation other credentials: those before get no tokens any more. */
  replace(clients: Partial<PortClients>): void {
    this.#clients = { ...this.#clients, ...clients };
  }

  /** Makes every token that was issued so far invalid. */
  revoke(): void {
    this.#issued.clear();
  }
}
