import type { Clock } from "../../clock.ts";
import {
  createIntegration,
  markResourcesInitialized,
  writeIntegrationConfig,
} from "../../sink/port/integration.ts";
import type { PortClient } from "../../sink/port/port-client.ts";
import { addAllComputed, addFields, createBareBlueprints } from "./apply-blueprints.ts";
import type { InitReport } from "./init-report.ts";
import { explainStop } from "./explain-stop.ts";
import type { InitPlan } from "./plan-init.ts";
import { waitForPort } from "./wait-for-port.ts";

export interface ApplyInitOptions {
  readonly port: PortClient;
  readonly clock: Clock;
  readonly integrationIdentifier: string;
  /** Version of pagerport. */
  readonly version: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does what a plan says: bare blueprints, then what they lack, then what Port computes from relations,
 * then the integration. What exists is never changed, so doing it again, or twice at once, does no harm.
 *
 * @returns what was written, which is less than planned where another process was faster
 * @throws {HttpError} {@link NetworkError} when Port refuses a part: what was written stays, and the
 * message says what to do
 */
export async function applyInit(
  plan: InitPlan,
  options: ApplyInitOptions,
): Promise<InitReport["done"]> {
  const { port, signal } = options;
  const created: string[] = [];
  const added: { blueprint: string; field: string }[] = [];
  const stages = [
    {
      name: "creating blueprints",
      run: () => createBareBlueprints(port, plan, created, signal),
    },
    {
      name: "adding properties and relations",
      run: () => addFields(port, plan, created, added, signal),
    },
    { name: "adding computed properties", run: () => addAllComputed(port, plan, signal) },
  ];
  for (const { name, run } of stages) {
    try {
      await run();
    } catch (error) {
      throw explainStop(error, name, created);
    }
  }
  try {
    const integration = await applyIntegration(plan.integration, options);
    return { createdBlueprints: created, added, integration };
  } catch (error) {
    throw explainStop(error, "setting up the integration", created);
  }
}

async function applyIntegration(
  plan: InitPlan["integration"],
  options: ApplyInitOptions,
): Promise<InitReport["done"]["integration"]> {
  const { port, integrationIdentifier, version, signal } = options;
  const request = { integrationIdentifier, signal };
  const { action, origin, config, actionsProcessingEnabled } = plan;
  let result: InitReport["done"]["integration"] = "unchanged";
  if (action === "create") {
    const isOurs = await createIntegration(port, {
      ...request,
      version,
      config,
      resourcesOrigin: origin,
    });
    if (isOurs) result = "created";
  }
  if (action === "write-mapping") {
    await writeIntegrationConfig(port, { ...request, config });
    result = "mapping written";
  }
  if (origin === "Port") await waitForPort(options);
  if (plan.marks) {
    await markResourcesInitialized(port, { ...request, version, actionsProcessingEnabled });
  }
  return result;
}
