import { hash } from "./random.ts";

/**
 * Ids in the two shapes that PagerDuty uses: `P` and 6 characters for most things, `Q` and 13 for
 * incidents. Both are a shuffled index, so that no two are equal, and an incident's id can be turned
 * back into its index without a table.
 */

/** Half the width of a short id's number: 2^30 fits into the 36^6 that six characters can tell. */
const shortHalfBits = 15;

/** Half the width of an incident's number: its index may be anything below 2^32. */
const longHalfBits = 16;

/** Rounds after which neighbouring indexes look unrelated. */
const rounds = 4;

/** Characters of an incident's id that tell its index, and those that only check the account. */
const indexCharacters = 7;
const checkCharacters = 6;
const checkValues = 36 ** checkCharacters;

/** The id of a service, user, policy, team … : `P` and six characters. `key` is the account's key for that kind. */
export function shortId(key: number, index: number): string {
  return `P${base36(shuffle(key, index, shortHalfBits), 6)}`;
}

/** An incident's id: `Q` and 13 characters. */
export function incidentId(key: number, index: number): string {
  const shuffled = shuffle(key, index, longHalfBits);
  return `Q${base36(shuffled, indexCharacters)}${checkOf(key, shuffled)}`;
}

/** The index that an incident's id stands for; undefined where it is not an id of this account. */
export function incidentIndex(key: number, id: string): number | undefined {
  if (!/^Q[0-9A-Z]{13}$/.test(id)) return undefined;
  const shuffled = Number.parseInt(id.slice(1, 1 + indexCharacters), 36);
  if (shuffled > 0xffff_ffff || id.slice(1 + indexCharacters) !== checkOf(key, shuffled)) {
    return undefined;
  }
  return unshuffle(key, shuffled, longHalfBits);
}

/** A log entry's id: `R` and 25 characters, of which only the first 14 differ from one to the next. */
export function logEntryId(key: number, index: number): string {
  return `R${incidentId(key ^ 0x4c6f67, index).slice(1)}${base36(key, 7)}SBOX0`;
}

function checkOf(key: number, shuffled: number): string {
  return base36(hash(key, shuffled, 0x636865) % checkValues, checkCharacters);
}

function base36(value: number, length: number): string {
  return value.toString(36).toUpperCase().padStart(length, "0");
}

/** A Feistel network: a bijection of the numbers below 2^(2 × halfBits). */
function shuffle(key: number, value: number, halfBits: number): number {
  const mask = 2 ** halfBits - 1;
  let left = Math.floor(value / 2 ** halfBits) & mask;
  let right = value & mask;
  for (let round = 0; round < rounds; round++) {
    [left, right] = [right, left ^ (hash(key, right, round) & mask)];
  }
  return left * 2 ** halfBits + right;
}

function unshuffle(key: number, value: number, halfBits: number): number {
  const mask = 2 ** halfBits - 1;
  let left = Math.floor(value / 2 ** halfBits) & mask;
  let right = value & mask;
  for (let round = rounds - 1; round >= 0; round--) {
    [left, right] = [right ^ (hash(key, left, round) & mask), left];
  }
  return left * 2 ** halfBits + right;
}
