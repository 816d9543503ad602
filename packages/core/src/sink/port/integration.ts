import { HttpError, PagerportError } from "../../errors.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";
import { type IntegrationRequest, pathOf } from "./integration-request.ts";
import { parseTimestamp } from "./parse-timestamp.ts";
import type { PortClient } from "./port-client.ts";
import { parseResyncState, type ResyncState } from "./resync-state.ts";

/** What PagerDuty's integrations are called in Port, whoever runs them. */
const appType = "pagerduty";

/**
 * Who makes blueprints and mapping: nobody (`Empty`), the integration (`Ocean`, `Default`), or Port
 * itself (`Port`).
 */
export type ResourcesOrigin = "Empty" | "Ocean" | "Default" | "Port";

const origins: readonly ResourcesOrigin[] = ["Empty", "Ocean", "Default", "Port"];

/** An integration, as Port keeps it. */
export interface Integration {
  /** The mapping; undefined where there is none yet. One of no resources is a mapping. */
  readonly config: JsonObject | undefined;
  /** When it was last changed, milliseconds since 1970; undefined where Port did not say. */
  readonly updatedAt: number | undefined;
  /** `OnPrem`, `SaaS` …; undefined where Port did not say. */
  readonly installationType: string | undefined;
  readonly resourcesOrigin: ResourcesOrigin | undefined;
  readonly arePortResourcesInitialized: boolean;
  /** What must be sent back with every change: Port's API takes it for false where it is left out. */
  readonly actionsProcessingEnabled: boolean | undefined;
  readonly resyncState: ResyncState;
}

/** Reads an integration; undefined where Port has none of that name. */
export async function readIntegration(
  port: PortClient,
  request: IntegrationRequest,
): Promise<Integration | undefined> {
  const path = pathOf(request);
  try {
    const { body } = await port.send({ method: "GET", path, signal: request.signal });
    const { integration } = body;
    if (isJsonObject(integration)) return parseIntegration(integration);
    throw new PagerportError(`Port's answer holds no integration: GET /v1${path}`);
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return undefined;
    throw error;
  }
}

/** Lists what the integrations of an organisation are called, whatever they are of. */
export async function listIntegrationNames(
  port: PortClient,
  signal?: AbortSignal,
): Promise<string[]> {
  const { body } = await port.send({ method: "GET", path: "/integration", signal });
  const { integrations } = body;
  return (Array.isArray(integrations) ? integrations : []).flatMap((row) => {
    if (!isJsonObject(row)) return [];
    const name = row["installationId"] ?? row["identifier"];
    return typeof name === "string" && name !== "" ? [name] : [];
  });
}

export interface CreateIntegrationRequest extends IntegrationRequest {
  /** Version of pagerport. */
  readonly version: string;
  /** The mapping to begin with. */
  readonly config: JsonObject;
  /** `Port`: Port makes blueprints and mapping itself, some time after it has answered. */
  readonly resourcesOrigin?: ResourcesOrigin;
}

/**
 * Creates an integration with its mapping, as Ocean does when it finds none.
 *
 * @returns false where there is one of that name already: another process was faster
 */
export async function createIntegration(
  port: PortClient,
  request: CreateIntegrationRequest,
): Promise<boolean> {
  const { integrationIdentifier, version, config, resourcesOrigin, signal } = request;
  try {
    await port.send({
      method: "POST",
      path: "/integration",
      ...(resourcesOrigin === "Port" && { query: { integration_modes: "create_resources" } }),
      body: {
        installationId: integrationIdentifier,
        installationAppType: appType,
        version,
        changelogDestination: {},
        config,
        actionsProcessingEnabled: false,
        incrementalSyncEnabled: false,
        ...(resourcesOrigin !== undefined && { createPortResourcesOrigin: resourcesOrigin }),
      },
      signal,
    });
    return true;
  } catch (error) {
    if (error instanceof HttpError && error.status === 409) return false;
    throw error;
  }
}

/** Stores a mapping in an integration. Port asks for a resync unless it is told not to. */
export async function writeIntegrationConfig(
  port: PortClient,
  request: IntegrationRequest & {
    readonly config: JsonObject;
    /** For a run that does the resync itself. */
    readonly skipResync?: boolean;
  },
): Promise<void> {
  await port.send({
    method: "PATCH",
    path: `${pathOf(request)}/config`,
    body: { config: request.config },
    ...(request.skipResync === true && { headers: { "x-skip-resync": "true" } }),
    signal: request.signal,
  });
}

/** Notes in Port that blueprints and mapping are there, so that Ocean would not make them again. */
export async function markResourcesInitialized(
  port: PortClient,
  request: IntegrationRequest & {
    readonly version: string;
    readonly actionsProcessingEnabled: boolean | undefined;
  },
): Promise<void> {
  const { version, actionsProcessingEnabled } = request;
  await port.send({
    method: "PATCH",
    path: pathOf(request),
    body: {
      arePortResourcesInitialized: true,
      version,
      ...(actionsProcessingEnabled !== undefined && { actionsProcessingEnabled }),
    },
    signal: request.signal,
  });
}

/**
 * When a person, or a changed mapping, last asked for a resync, milliseconds since 1970; undefined where
 * nobody has.
 */
export async function readResyncRequest(
  port: PortClient,
  request: IntegrationRequest,
): Promise<number | undefined> {
  const path = `${pathOf(request)}/resync-request`;
  const { body } = await port.send({ method: "GET", path, signal: request.signal });
  const { request: asked } = body;
  return isJsonObject(asked) ? parseTimestamp(asked["updatedAt"]) : undefined;
}

function parseIntegration(json: JsonObject): Integration {
  const { config, installationType, createPortResourcesOrigin, actionsProcessingEnabled } = json;
  return {
    config: isJsonObject(config) && Object.keys(config).length > 0 ? config : undefined,
    updatedAt: parseTimestamp(json["updatedAt"]),
    installationType: typeof installationType === "string" ? installationType : undefined,
    resourcesOrigin: origins.find((origin) => origin === createPortResourcesOrigin),
    arePortResourcesInitialized: json["arePortResourcesInitialized"] === true,
    actionsProcessingEnabled:
      typeof actionsProcessingEnabled === "boolean" ? actionsProcessingEnabled : undefined,
    resyncState: parseResyncState(json["resyncState"]),
  };
}
