import type { Node } from "./convert-schemas.ts";

/**
 * Port's routes that the file lacks, as Ocean uses them, and what the file does not say of routes that it
 * has: the answers of integrations and webhooks.
 * {@link https://github.com/port-labs/ocean}
 */

const text: Node = { type: "string" };
const moment: Node = { type: "string", format: "date-time" };
const anything: Node = { type: "object" };

const json = (schema: Node): Node => ({ content: { "application/json": { schema } } });

function object(
  properties: Readonly<Record<string, Node>>,
  required: readonly string[] = Object.keys(properties),
): Node {
  return { type: "object", properties, required, additionalProperties: false };
}

/** An answer that is a success and holds what is named. */
function ok(properties: Readonly<Record<string, Node>>, optional: readonly string[] = []): Node {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return json({
    type: "object",
    properties: { ok: { enum: [true] }, ...properties },
    required: ["ok", ...required],
  });
}

const refusal = json({
  type: "object",
  properties: { ok: { enum: [false] }, error: text, message: text },
  required: ["ok", "error", "message"],
});
const refusals = {
  401: refusal,
  403: refusal,
  404: refusal,
  409: refusal,
  413: refusal,
  422: refusal,
  429: refusal,
};

const id: Node = { name: "identifier", in: "path", required: true, schema: text };

function operation(
  answers: Readonly<Record<number, Node>>,
  options: { readonly parameters?: readonly Node[]; readonly body?: Node } = {},
): Node {
  const { parameters = [], body } = options;
  return {
    parameters,
    ...(body === undefined ? {} : { requestBody: { required: true, ...json(body) } }),
    responses: { ...refusals, ...answers },
  };
}

const query = (name: string, schema: Node): Node => ({
  name,
  in: "query",
  required: false,
  schema,
});

const integration: Node = {
  type: "object",
  required: ["identifier", "config", "updatedAt", "resyncState"],
  properties: {
    identifier: text,
    installationId: text,
    installationType: text,
    installationAppType: text,
    version: text,
    config: { type: "object", nullable: true },
    createdAt: moment,
    updatedAt: moment,
    resyncState: anything,
    arePortResourcesInitialized: { type: "boolean" },
  },
};
const oneIntegration = ok({ integration });

const webhook: Node = {
  type: "object",
  required: ["identifier", "enabled", "webhookKey", "url"],
  properties: { identifier: text, enabled: { type: "boolean" }, webhookKey: text, url: text },
};
const oneWebhook = ok({ webhook, integration: anything });

const owned = object(
  {
    datasource_prefix: { type: "string", pattern: "^port-ocean/pagerduty/$" },
    datasource_suffix: { type: "string", pattern: "^/[^/]+/exporter$" },
    limit: { type: "integer", minimum: 1, maximum: 5000 },
    before: moment,
    from: { type: "string", minLength: 1 },
  },
  ["datasource_prefix", "datasource_suffix", "limit"],
);

/** The misspelling is Port's. */
const resyncState = object(
  {
    status: { enum: ["running", "completed", "failed", "aborted"] },
    lastResyncStart: moment,
    lastResyncEnd: { ...moment, nullable: true },
    nextResync: { ...moment, nullable: true },
    intervalInMinuets: { type: "integer", nullable: true },
  },
  ["status", "lastResyncEnd", "nextResync", "intervalInMinuets"],
);

const newIntegration = object(
  {
    installationId: text,
    installationAppType: text,
    version: text,
    changelogDestination: anything,
    config: { type: "object", nullable: true },
    actionsProcessingEnabled: { type: "boolean" },
    incrementalSyncEnabled: { type: "boolean" },
    createPortResourcesOrigin: text,
  },
  ["installationId", "installationAppType", "version"],
);

const isPolling = {
  parameters: [query("oceanCoreVersion", text), query("isPolling", { type: "boolean" })],
};

/** What the webhook "PagerDuty History Mapper" takes, of which each import posts one for each object. */
const nullable: Node = { type: "string", nullable: true };
const payloads: Node = {
  oneOf: [
    object({
      event_type: { enum: ["service"] },
      data: object({ identifier: text, title: nullable, properties: object({ status: nullable }) }),
    }),
    object({
      event_type: { enum: ["incident"] },
      data: object({
        identifier: text,
        title: nullable,
        properties: object({
          status: nullable,
          url: nullable,
          details: nullable,
          urgency: nullable,
          responder: nullable,
          escalation_policy: nullable,
        }),
        relations: object({ microservice: nullable }),
      }),
    }),
  ],
};

/** What of Port's API is not in the file. */
export const ownPort: Node = {
  paths: {
    "/ingest/{key}": {
      post: operation(
        { 200: {}, 202: {} },
        {
          parameters: [{ name: "key", in: "path", required: true, schema: text }],
          body: object({ event: payloads }),
        },
      ),
    },
    "/v1/blueprints/entities/datasource-entities": {
      post: operation(
        {
          200: ok(
            {
              next: text,
              entities: {
                type: "array",
                maxItems: 5000,
                items: {
                  type: "object",
                  required: ["identifier", "blueprint"],
                  properties: { identifier: text, blueprint: text, updatedAt: moment },
                },
              },
            },
            ["next"],
          ),
        },
        { body: owned },
      ),
    },
    "/v1/organization": {
      get: operation({
        200: ok({
          organization: {
            type: "object",
            required: ["id", "featureFlags"],
            properties: { id: text, featureFlags: { type: "array", items: text } },
          },
        }),
      }),
    },
    "/v1/integration": {
      get: operation({ 200: ok({ integrations: { type: "array", items: integration } }) }),
      post: operation(
        { 201: oneIntegration },
        { parameters: [query("integration_modes", text)], body: newIntegration },
      ),
    },
    "/v1/integration/provision-enabled": {
      get: operation({ 200: ok({ integrations: { type: "array", items: text } }) }),
    },
    "/v1/integration/{identifier}": {
      get: operation({ 200: oneIntegration }, isPolling),
      patch: operation({ 200: oneIntegration }),
      delete: operation({ 200: ok({}) }),
    },
    "/v1/integration/{identifier}/config": { patch: operation({ 200: oneIntegration }) },
    "/v1/integration/{identifier}/resync-request": {
      get: operation(
        { 200: ok({ request: object({ updatedAt: moment }) }, ["request"]) },
        { parameters: [id] },
      ),
    },
    "/v1/integration/{identifier}/resync-state": {
      patch: operation({ 200: oneIntegration }, { parameters: [id], body: resyncState }),
    },
    "/v1/integration/{identifier}/kinds/{kind}/examples": {
      post: operation(
        { 200: ok({}) },
        {
          parameters: [id, { name: "kind", in: "path", required: true, schema: text }],
          body: object({ examples: { type: "array", items: anything } }),
        },
      ),
    },
    "/v1/webhooks": {
      get: operation({ 200: ok({ integrations: { type: "array", items: webhook } }) }),
      post: operation({ 201: oneWebhook }),
    },
    "/v1/webhooks/{identifier}": {
      get: operation({ 200: oneWebhook }),
      put: operation({ 200: oneWebhook }),
      patch: operation({ 200: oneWebhook }),
      delete: operation({ 200: ok({}) }),
    },
  },
};
