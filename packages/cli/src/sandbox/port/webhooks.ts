import { hash } from "../random.ts";
import { type JsonObject, optionalObject } from "./json-object.ts";
import { invalid, missing, taken } from "./port-errors.ts";

/** Characters of a webhook's identifier and title (Port's API reference). */
const maxCharacters = 30;
const maxDescription = 200;

/** What a webhook may have, besides what Port adds; nothing else is taken (the same). */
const fieldNames: ReadonlySet<string> = new Set([
  "identifier",
  "title",
  "description",
  "icon",
  "mappings",
  "enabled",
  "security",
  "integrationType",
  "webhookKey",
  "url",
  "createdAt",
  "updatedAt",
]);
const securityNames: ReadonlySet<string> = new Set([
  "secret",
  "signatureHeaderName",
  "signatureAlgorithm",
  "signaturePrefix",
  "requestIdentifierPath",
]);

/** The webhook data sources of an organisation. */
export class Webhooks {
  readonly #all = new Map<string, JsonObject>();
  readonly #now: () => string;
  readonly #key: number;
  #count = 0;

  /** @param key what their keys are made of. @param now ISO 8601 */
  constructor(key: number, now: () => string) {
    this.#key = key;
    this.#now = now;
  }

  all(): JsonObject[] {
    return [...this.#all.values()];
  }

  /** 404 where there is none. */
  get(identifier: string): JsonObject {
    const found = this.#all.get(identifier);
    if (found === undefined) throw missing("Webhook", identifier);
    return found;
  }

  /** @param origin where its URL is to begin. 409 where there is one of its identifier */
  create(sent: JsonObject, origin: string): JsonObject {
    this.#count++;
    const key = [1, 2, 3].map((part) => hash(this.#key, this.#count, part).toString(36)).join("");
    const { identifier = `webhook_${this.#count}` } = sent;
    if (typeof identifier !== "string") throw invalid("identifier must be string");
    if (this.#all.has(identifier)) throw taken("Webhook", identifier);
    const now = this.#now();
    const webhook = {
      security: {},
      mappings: [],
      integrationType: "custom",
      ...sent,
      identifier,
      webhookKey: key,
      url: `${origin}/ingest/${key}`,
      createdAt: now,
      updatedAt: now,
    };
    return this.#keep(identifier, webhook);
  }

  /** Puts what is sent in the place of what was, or only the fields that are named. */
  change(identifier: string, sent: JsonObject, how: "replace" | "merge"): JsonObject {
    const before = this.get(identifier);
    const { webhookKey, url, createdAt } = before;
    const fixed = { identifier, webhookKey, url, createdAt, updatedAt: this.#now() };
    return this.#keep(identifier, { ...(how === "merge" ? before : {}), ...sent, ...fixed });
  }

  delete(identifier: string): void {
    this.get(identifier);
    this.#all.delete(identifier);
  }

  #keep(identifier: string, webhook: JsonObject): JsonObject {
    const { title, enabled, description } = webhook;
    checkNames(webhook, fieldNames, "body");
    checkNames(optionalObject(webhook["security"], "security"), securityNames, "body/security");
    if (typeof description === "string" && description.length > maxDescription) {
      throw invalid(`description must NOT have more than ${maxDescription} characters`);
    }
    if (typeof title !== "string" || title.length > maxCharacters) {
      throw invalid(`title must be string of at most ${maxCharacters} characters`);
    }
    if (identifier.length > maxCharacters) {
      throw invalid(`identifier must NOT have more than ${maxCharacters} characters`);
    }
    if (typeof enabled !== "boolean") throw invalid("body must have required property 'enabled'");
    this.#all.set(identifier, webhook);
    return webhook;
  }
}

function checkNames(value: JsonObject, names: ReadonlySet<string>, path: string): void {
  const unknown = Object.keys(value).find((name) => !names.has(name));
  if (unknown !== undefined) {
    throw invalid(`${path} must NOT have additional property '${unknown}'`);
  }
}
