import type { Clock } from "../../clock.ts";
import type { ApiRight, ApiToken } from "../../config/parse-api-tokens.ts";
import type { ApiCaller, ApiGate } from "../gate-keeper.ts";
import { ApiProblem } from "../problem.ts";
import type { ApiAccess } from "../routes.ts";
import { checkHost, checkSite } from "./check-host.ts";
import { findToken, readBearer } from "./find-token.ts";
import { isLoopback } from "./is-loopback.ts";
import { createSlowDown } from "./slow-down.ts";

/** Where a request comes from. */
export interface RequestPeer {
  /** An IP address; undefined where the runtime does not tell. */
  readonly address: string | undefined;
}

export interface TokenGateOptions {
  /** The tokens as they are now; none = states may be read on loopback, and nothing else. */
  readonly readTokens: () => readonly ApiToken[];
  /** Where the API listens. */
  readonly listenHost: string;
  /** Whether webhooks come to the same address: then something leads others to it. */
  readonly isShared: boolean;
  /** Names that it is reached by besides. */
  readonly hosts: readonly string[];
  readonly clock: Clock;
}

const rightFor: Readonly<Record<ApiAccess, ApiRight>> = {
  read: "read",
  approve: "act",
  pause: "act",
  resync: "act",
};

/** Who reads states without a token. */
const anybody = "anybody on this machine";

/** Makes the gate of a server's API: whoever has a token, for what that has the right to. */
export function createTokenGate(options: TokenGateOptions): ApiGate<RequestPeer> {
  const { readTokens, listenHost, isShared, hosts, clock } = options;
  const slowDown = createSlowDown({ clock });
  const isPrivate = isLoopback(listenHost) && !isShared;
  const nameOrigin = ({ address }: RequestPeer): string => address ?? "an unknown address";

  return {
    nameOrigin,
    async admit(request, access, peer) {
      checkHost(request, listenHost, hosts);
      checkSite(request);
      const from = nameOrigin(peer);
      const right = rightFor[access];
      const tokens = readTokens();
      if (tokens.length === 0) {
        return admitAnybody(right, from, isPrivate && !isForwarded(request.headers));
      }
      const token = identify(request, tokens, from);
      if (token.rights.has(right)) return { who: token.name, from };
      throw new ApiProblem(
        "not-allowed",
        `The token '${token.name}' has not the right '${right}': it is given in PAGERPORT_API_TOKENS`,
        { who: token.name },
      );
    },
  };

  function identify(request: Request, tokens: readonly ApiToken[], from: string): ApiToken {
    const secret = readBearer(request.headers);
    const token = secret === undefined ? undefined : findToken(secret, tokens);
    // Before any waiting: others come from the same address, where a proxy or a tunnel brings all of them.
    if (token !== undefined) return token;
    const wait = secret === undefined ? 0 : slowDown.waitOf(from);
    if (wait > 0) {
      const seconds = Math.ceil(wait / 1000);
      throw new ApiProblem(
        "too-many-attempts",
        `That secret is of no token in PAGERPORT_API_TOKENS, and too many wrong ones came from ${from}: for ${seconds} s each is answered so; a right one is let in at once`,
        { headers: { "retry-after": String(seconds) } },
      );
    }
    if (secret !== undefined) slowDown.fail(from);
    throw new ApiProblem(
      "unauthenticated",
      secret === undefined
        ? "Send 'authorization: Bearer SECRET', with the secret of a token in PAGERPORT_API_TOKENS; a command of pagerport takes it from PAGERPORT_API_TOKEN"
        : "That secret is of no token in PAGERPORT_API_TOKENS",
      { headers: { "www-authenticate": `Bearer realm="pagerport"` } },
    );
  }
}

function admitAnybody(right: ApiRight, from: string, isOfThisMachine: boolean): ApiCaller {
  if (right === "read" && isOfThisMachine) return { who: anybody, from };
  throw new ApiProblem(
    "not-allowed",
    right === "read"
      ? `Without tokens nothing may be read where others can reach the API: ${remedy}`
      : `Without tokens states may be read, and nothing done: ${remedy}`,
  );
}

const remedy = "set PAGERPORT_API_TOKENS to something like alice:read+act:SECRET";

/** A proxy on this machine brings requests of others. */
function isForwarded(headers: Headers): boolean {
  return ["forwarded", "x-forwarded-for", "x-forwarded-host", "via"].some((name) =>
    headers.has(name),
  );
}
