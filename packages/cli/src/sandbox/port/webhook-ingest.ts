import { createHmac } from "node:crypto";
import {
  createJqEngine,
  createWebhookMapper,
  describeError,
  type Json,
  parseWebhookConfig,
  type WebhookMapper,
  type WebhookOperation,
} from "@pagerport/core";
import { deleteEntities } from "./delete-entities.ts";
import { isObject, type JsonObject } from "./json-object.ts";
import { parseEntity } from "./parse-entity.ts";
import { invalid, PortProblem } from "./port-errors.ts";
import type { PortWorld } from "./port-world.ts";
import { writeEntity } from "./write-entity.ts";

/** The URLs of an organisation's webhooks: what is posted there goes through their mappings into the catalog. */
export interface WebhookIngest {
  /** What a mapping or the catalog could not do with what was posted, for a person. */
  readonly problems: readonly string[];
  /** Takes what was posted to `/ingest/<key>`. @returns undefined where no webhook has the key */
  take(key: string, request: Request, body: Uint8Array): Promise<Response | undefined>;
  close(): Promise<void>;
}

export function createWebhookIngest(world: PortWorld): WebhookIngest {
  const { webhooks } = world;
  const problems: string[] = [];
  const engine = createJqEngine();
  /** By their mappings, as text. */
  const mappers = new Map<string, Promise<WebhookMapper>>();

  const findMapper = (mappings: unknown): Promise<WebhookMapper> => {
    const key = JSON.stringify(mappings);
    const made =
      mappers.get(key) ??
      parseWebhookConfig({ mappings }, { engine }).then((config) =>
        createWebhookMapper(config, { engine }),
      );
    mappers.set(key, made);
    return made;
  };

  const carryOut = (identifier: string, operation: WebhookOperation): void => {
    const { catalog } = world;
    if (operation.operation === "delete") {
      const { blueprint, deleteDependents } = operation;
      if (typeof operation.identifier !== "string") return;
      const entity = catalog.entities.get({ blueprint, identifier: operation.identifier });
      if (entity !== undefined) deleteEntities(catalog, [entity], deleteDependents);
      return;
    }
    const { blueprint, ...entity } = operation.entity;
    writeEntity(catalog, catalog.blueprint(blueprint), parseEntity(entity), {
      upsert: true,
      merge: true,
      createMissing: catalog.behaviour.webhookStubs,
      validationOnly: false,
      writer: `port-webhook/${identifier}`,
    });
  };

  const apply = async (webhook: JsonObject, request: Request, body: Json): Promise<void> => {
    const identifier = String(webhook["identifier"]);
    try {
      const mapper = await findMapper(webhook["mappings"]);
      const result = await mapper.apply({
        body,
        headers: Object.fromEntries(request.headers),
        queryParams: Object.fromEntries(new URL(request.url).searchParams),
      });
      problems.push(...result.problems.map(({ field, message }) => `${field}: ${message}`));
      for (const operation of result.operations) carryOut(identifier, operation);
    } catch (error) {
      // Port answers before it maps: the sender never hears of it.
      problems.push(`${identifier}: ${describeError(error)}`);
    }
  };

  return {
    problems,
    async take(key, request, body) {
      const webhook = webhooks.all().find(({ webhookKey }) => webhookKey === key);
      if (webhook === undefined) return undefined;
      if (!isSigned(webhook["security"], request, body)) {
        const problem = new PortProblem(401, "invalid_signature", "The signature does not match");
        return problem.toResponse();
      }
      let payload: Json;
      try {
        payload = JSON.parse(new TextDecoder().decode(body));
      } catch (error) {
        return invalid(describeError(error)).toResponse();
      }
      if (webhook["enabled"] === true) await apply(webhook, request, payload);
      return Response.json({ ok: true }, { status: 202 });
    },
    close: () => engine.close(),
  };
}

/** Whether a request is signed as the webhook's settings say; without a secret every request is. */
function isSigned(security: unknown, request: Request, body: Uint8Array): boolean {
  if (!isObject(security)) return true;
  const { secret, signatureHeaderName, signatureAlgorithm, signaturePrefix } = security;
  if (typeof secret !== "string" || typeof signatureHeaderName !== "string") return true;
  const prefix = typeof signaturePrefix === "string" ? signaturePrefix : "";
  const expected =
    signatureAlgorithm === "plain"
      ? secret
      : createHmac(signatureAlgorithm === "sha1" ? "sha1" : "sha256", secret)
          .update(body)
          .digest("hex");
  const given = request.headers.get(signatureHeaderName)?.split(",") ?? [];
  return given.some((value) => value.trim() === prefix + expected);
}
