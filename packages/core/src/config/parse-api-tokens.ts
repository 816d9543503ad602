/** What a token of the API may be given the right to. */
export const apiRights = ["read", "payloads", "map", "act"] as const;

/**
 * - `read`: states: status, deletions, the pause
 * - `payloads`: what PagerDuty sent and what Port holds, which may name people
 * - `map`: trying a mapping on real objects
 * - `act`: approving, rejecting, pausing, resuming, asking for a resync
 */
export type ApiRight = (typeof apiRights)[number];

/** A token of the API: who has it, and what it may do. */
export interface ApiToken {
  /** What audit records and the log call it. */
  readonly name: string;
  readonly rights: ReadonlySet<ApiRight>;
  readonly secret: string;
}

/** Characters of a secret: as many as no one guesses, and as `openssl rand -hex 16` has and more. */
const leastSecret = 24;
/** Characters of a name: fewer than a secret has, so that no secret in its place is ever shown. */
const longestName = 20;

const entryShape = /^([^:]*):([^:]*):(.*)$/;
const wanted = "must be like alice:read+act:SECRET, with a comma or a new line between two";

/**
 * Reads tokens: `name:right+right:secret`, with commas or new lines between them.
 *
 * @throws {RangeError} naming the entry by its name, or by its place where it has none; never its secret
 */
export function parseApiTokens(text: string): readonly ApiToken[] {
  const entries = text
    .split(/[,\n]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  if (entries.length === 0) throw new RangeError(wanted);
  const tokens = entries.map(parseEntry);
  const names = new Set<string>();
  const secrets = new Set<string>();
  for (const { name, secret } of tokens) {
    if (names.has(name)) throw new RangeError(`has two tokens '${name}': each needs its own name`);
    if (secrets.has(secret)) throw new RangeError(`gives '${name}' the secret of another token`);
    names.add(name);
    secrets.add(secret);
  }
  return tokens;
}

function parseEntry(entry: string, place: number): ApiToken {
  const match = entryShape.exec(entry);
  const [, name = "", rights = "", secret = ""] = match ?? [];
  const isName = /^[\w.@-]+$/.test(name) && name.length <= longestName;
  if (match === null) throw new RangeError(`${wanted}; entry ${place + 1} is not`);
  if (!isName) {
    throw new RangeError(
      `must begin with a name of at most ${longestName} characters (a-z, 0-9, -, _, ., @): entry ${place + 1} does not`,
    );
  }
  return { name, rights: parseRights(rights, name), secret: checkSecret(secret, name) };
}

function parseRights(text: string, name: string): ReadonlySet<ApiRight> {
  const words = text.split("+").map((word) => word.trim());
  const rights = words.map((word) => apiRights.find((right) => right === word));
  // What stands there may be a secret in the wrong place.
  if (rights.includes(undefined)) {
    throw new RangeError(
      `must give the token '${name}' rights out of ${apiRights.join(", ")}, with + between them`,
    );
  }
  return new Set(rights.filter((right) => right !== undefined));
}

function checkSecret(secret: string, name: string): string {
  if (!/^[!-~]*$/.test(secret)) {
    throw new RangeError(`must give the token '${name}' a secret of plain characters, no spaces`);
  }
  if (secret.length < leastSecret) {
    throw new RangeError(
      `must give the token '${name}' a secret of at least ${leastSecret} characters: 'openssl rand -hex 24' makes one`,
    );
  }
  return secret;
}
