import { ConfigError } from "../../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import type { Mapping } from "../../map/mapping.ts";
import { listBlueprints } from "../../sink/port/blueprint.ts";
import {
  type Integration,
  readIntegration,
  type ResourcesOrigin,
} from "../../sink/port/integration.ts";
import type { PortClient } from "../../sink/port/port-client.ts";
import type { BlueprintPlan } from "./blueprint-plan.ts";
import { readKnownSets } from "./known-blueprints.ts";
import { findMappedNames } from "./mapped-names.ts";
import { planBlueprints } from "./plan-blueprints.ts";

export interface PlanInitOptions {
  readonly port: PortClient;
  readonly integrationIdentifier: string;
  /** What runs will use: the mapping stored in Port where there is one and no other was given. */
  readonly mapping: Mapping;
  /** What the settings say; what the integration in Port says goes before it, as in Ocean. */
  readonly resourcesOrigin?: ResourcesOrigin | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What init would do. */
export interface InitPlan extends BlueprintPlan {
  /** Resources whose blueprint is computed: whether Port has it cannot be told before they run. */
  readonly unchecked: readonly string[];
  readonly integration: {
    /** Create it with the mapping, write the mapping into it, or leave it as it is. */
    readonly action: "create" | "write-mapping" | "none";
    readonly origin: ResourcesOrigin;
    /** The mapping that is written. */
    readonly config: JsonObject;
    /** Whether Port is to be told that blueprints and mapping are there. */
    readonly marks: boolean;
    readonly actionsProcessingEnabled: boolean | undefined;
  };
}

const noBlueprints: BlueprintPlan = {
  blueprints: [],
  refused: [],
  unknown: [],
  byHand: [],
  differing: [],
};

/**
 * Works out what blueprints and integration need for a mapping. Reads from Port and writes nothing.
 *
 * @throws {HttpError} {@link NetworkError} when Port refuses or does not answer
 */
export async function planInit(options: PlanInitOptions): Promise<InitPlan> {
  const { port, mapping, integrationIdentifier, signal } = options;
  const stored = await readIntegration(port, { integrationIdentifier, signal });
  const origin = stored?.resourcesOrigin ?? options.resourcesOrigin ?? "Default";
  const integration = planIntegration(stored, origin, mapping);
  // Nobody is to make blueprints, or Port makes them itself.
  if (origin === "Empty" || origin === "Port") {
    return { ...noBlueprints, unchecked: [], integration };
  }
  const { names, computed } = findMappedNames(mapping);
  const existing = await listBlueprints(port, signal);
  const blueprints = planBlueprints(names, existing, readKnownSets());
  return { ...blueprints, unchecked: computed, integration };
}

/** Whether something stands in the way, so that nothing at all may be written. */
export function isBlocked(plan: InitPlan): boolean {
  return plan.refused.length > 0 || plan.unknown.length > 0;
}

function planIntegration(
  stored: Integration | undefined,
  origin: ResourcesOrigin,
  mapping: Mapping,
): InitPlan["integration"] {
  const { actionsProcessingEnabled } = stored ?? {};
  const shared = { origin, actionsProcessingEnabled };
  // Port makes the mapping itself, and notes by itself that it has.
  if (origin === "Port") {
    const action = stored === undefined ? "create" : "none";
    return { ...shared, action, config: {}, marks: false };
  }
  const config = origin === "Empty" ? { resources: [] } : configOf(mapping);
  const marks = stored?.arePortResourcesInitialized !== true;
  if (stored === undefined) return { ...shared, action: "create", config, marks };
  // A mapping in Port is its owner's.
  const action = stored.config === undefined ? "write-mapping" : "none";
  return { ...shared, action, config, marks };
}

function configOf({ document }: Mapping): JsonObject {
  // Checked whole when the mapping was parsed; an object of YAML may hold one part in two places.
  const config = JSON.parse(JSON.stringify(document)) as Json;
  if (isJsonObject(config)) return config;
  throw new ConfigError("A mapping must be an object to be stored in Port");
}
