import { createHash, timingSafeEqual } from "node:crypto";
import type { ApiToken } from "../../config/parse-api-tokens.ts";

/**
 * Which token a secret is. How long it takes says nothing of how near it came: hashes are compared, of
 * the same length whatever they are of, and with every token's.
 */
export function findToken(secret: string, tokens: readonly ApiToken[]): ApiToken | undefined {
  const given = hash(secret);
  let found: ApiToken | undefined;
  for (const token of tokens) {
    if (timingSafeEqual(hash(token.secret), given)) found = token;
  }
  return found;
}

function hash(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

/** The secret of `authorization: Bearer …`; undefined where there is none. */
export function readBearer(headers: Headers): string | undefined {
  return /^bearer +([!-~]+) *$/i.exec(headers.get("authorization") ?? "")?.[1];
}
