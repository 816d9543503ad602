import { isJsonNumber, isJsonObject, type Json, type JsonObject } from "../../json.ts";

/** What stands in the place of a secret: Ocean's own word. */
const redacted = "[REDACTED]";

/** Objects nested deeper than this are no data of PagerDuty's, and are not looked through. */
const deepest = 100;

/** Keys whose values are secrets, whatever they look like. */
const secretKey =
  /secret|passw(?:or)?d|token|credential|authorization|(?:api|access|private|signing|encryption|integration|routing|service)_?key|^integration_email$|_cal_url$|webhook_url/i;

/** Keys of ids: long, random, and no secret. */
const idKey = /(?:^|_)id$|^(?:incident|alert|dedup)_key$/i;

/** Secrets that can be told by their shape, wherever in a text they stand. */
const secretShapes: readonly RegExp[] = [
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g,
  // A JSON Web Token: the first two parts are JSON objects in base64.
  /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?/g,
  // AWS, GitHub, GitLab, Slack, Stripe, Google, SendGrid, npm.
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\bgh[oprsu]_\w{30,}/g,
  /\bgithub_pat_\w{30,}/g,
  /\bglpat-[\w-]{20,}/g,
  /\bxox[abeoprs]-[\w-]{10,}/g,
  /\b[rs]k_(?:live|test)_\w{16,}/g,
  /\bAIza[\w-]{35}/g,
  /\bya29\.[\w-]{20,}/g,
  /\bnpm_\w{36}/g,
  // PagerDuty's own.
  /(?<![\w+])(?:u\+|y_)[\w-]{18}(?![\w-])/g,
  /\bSG\.[\w-]{16,}\.[\w-]{16,}/g,
];

/** Secrets that follow something that stays. */
const secretTails: readonly RegExp[] = [
  // Credentials in an address.
  /(\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@:]{0,200}:[^\s/@]{1,200}(?=@)/gi,
  /([?&](?:[\w-]{0,30}(?:token|secret|passw(?:or)?d|signature)|sig|key|[\w-]{0,30}[_-]key)=)[^\s&#]+/gi,
  // Addresses whose path opens something: Slack's, and PagerDuty's private calendars.
  /(\bhooks\.slack\.com\/(?:services|workflows|triggers)\/)[^\s?#]+/gi,
  /(\/private\/)[A-Za-z0-9]{16,}/g,
  /(\b(?:bearer|basic|token)(?:\s+|\s*[=:]\s*(?:token=)?))(?=[a-z.~+/=_-]{0,80}\d)[\w.~+/=-]{16,}/gi,
  /(\b(?:secret|password|passwd|api[_-]?key|access[_-]?key|integration[_-]?key|routing[_-]?key)["']?\s{0,3}[=:]\s{0,3}["']?)[^\s"',;&]{6,}/gi,
];

/** Words that may be keys: an integration key of PagerDuty's has 32 characters, a token 20. */
const longWord = /(?<![\w+/=-])[\w+/=-]{32,}(?![\w+/=-])/g;

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Bits for each character: random hexadecimal has 3.3 and more at this length, words have less. */
const leastEntropy = 3;

/**
 * The same object without the secrets in it, each of them `[REDACTED]`. The object itself stays as it
 * is, and the copy shares nothing with it.
 */
export function maskSecrets(object: JsonObject): JsonObject {
  return maskObject(object, 0);
}

function maskObject(object: JsonObject, depth: number): JsonObject {
  // Not by assignment, which for `__proto__` would set the prototype.
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      key,
      secretKey.test(key) ? hide(value) : maskValue(value, key, depth + 1),
    ]),
  );
}

function maskValue(value: Json, key: string, depth: number): Json {
  if (typeof value === "string") return maskText(value, key);
  if (!Array.isArray(value) && !isJsonObject(value)) return value;
  if (depth > deepest) return redacted;
  if (Array.isArray(value)) return value.map((item) => maskValue(item, key, depth + 1));
  return maskObject(value, depth);
}

/** Null, flags and references to other objects tell nothing, even under a secret's name. */
function hide(value: Json): Json {
  if (typeof value === "string") return value === "" ? value : redacted;
  if (isJsonNumber(value)) return redacted;
  if (Array.isArray(value)) return value.map(hide);
  if (!isJsonObject(value)) return value;
  return redacted;
}

function maskText(text: string, key: string): string {
  let masked = text;
  for (const shape of secretShapes) masked = masked.replaceAll(shape, redacted);
  for (const tail of secretTails) masked = masked.replaceAll(tail, `$1${redacted}`);
  // Addresses hold long random words that open nothing, such as an avatar's.
  if (idKey.test(key) || URL.canParse(masked)) return masked;
  return masked.replaceAll(longWord, (word) => (isRandom(word) ? redacted : word));
}

/** Whether a word is too irregular to have been chosen by a person. */
function isRandom(word: string): boolean {
  if (uuid.test(word) || !/\d/.test(word) || !/[A-Za-z]/.test(word)) return false;
  const counts = new Map<string, number>();
  for (const character of word) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values())
    bits -= (count / word.length) * Math.log2(count / word.length);
  return bits >= leastEntropy && !isWords(word);
}

/** `payments-eu-west-1_checkout-latency-p99`: words that are joined, each of them only letters or digits. */
function isWords(word: string): boolean {
  const parts = word.split(/[-_/+=]+/).filter((part) => part !== "");
  return (
    parts.length > 2 && parts.every((part) => /^(?:[A-Za-z]{1,20}\d{0,4}|\d{1,8})$/.test(part))
  );
}
