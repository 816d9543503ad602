import type { Clock } from "../../clock.ts";
import { ConfigError } from "../../errors.ts";
import {
  createIntegration,
  markResourcesInitialized,
  writeIntegrationConfig,
} from "../../sink/port/integration.ts";
import type { PortClient } from "../../sink/port/port-client.ts";
import { addAllComputed, addFields, createBareBlueprints } from "./apply-blueprints.ts";
import { type AddedField, describeInitProblems, type InitReport } from "./init-report.ts";
import { explainStop } from "./explain-stop.ts";
import { type InitPlan, isBlocked } from "./plan-init.ts";
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
 * then the integration. What exists is never taken away or replaced, so doing it again, or twice at once, does no harm.
 *
 * @returns what was written, which is less than planned where another process was faster
 * @throws {HttpError} {@link NetworkError} when Port refuses a part: what was written stays, and the
 * message says what to do
 * @throws {ConfigError} when something stands in the way, see {@link isBlocked}
 */
export async function applyInit(
  plan: InitPlan,
  options: ApplyInitOptions,
): Promise<InitReport["done"]> {
  if (isBlocked(plan)) throw new ConfigError(describeInitProblems(plan).join("\n"));
  const { port, signal } = options;
  const created: string[] = [];
  const added: AddedField[] = [];
  let part = "creating blueprints";
  try {
    await createBareBlueprints(port, plan, created, signal);
    part = "adding properties and relations";
    await addFields(port, plan, created, added, signal);
    part = "adding computed properties";
    await addAllComputed(port, plan, signal);
    part = "setting up the integration";
    const integration = await applyIntegration(plan.integration, options);
    return { createdBlueprints: created, added, integration };
  } catch (error) {
    const fields = added.map(({ blueprint, field }) => `${blueprint} ${field}`);
    throw explainStop(error, part, [...created, ...fields]);
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
