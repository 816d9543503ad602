import { applyInit, type ApplyInitOptions } from "./apply-init.ts";
import { type InitReport, listAddedFields } from "./init-report.ts";
import { type InitPlan, isBlocked, planInit, type PlanInitOptions } from "./plan-init.ts";

export interface InitPortOptions extends PlanInitOptions, ApplyInitOptions {
  /** Only tells what it would do. @default false */
  readonly dryRun?: boolean;
}

/**
 * Makes Port ready for a mapping: blueprints that are missing and that we know, properties and relations
 * that the mapping writes and that blueprints lack, the integration, and its mapping where it has none.
 * Types and titles of what exists are never changed; of allowed values the status of our services gets the
 * one of a service that is gone, where it has all others. Where a relation that exists is not
 * what the mapping needs, or a blueprint is missing that we do not know, nothing at all is written.
 *
 * Doing it again writes nothing, and doing it twice at once for one mapping ends as doing it once does.
 *
 * @throws {HttpError} {@link NetworkError} when Port refuses or does not answer: what was written stays,
 * and the message says what to do
 * @throws {ConfigError} when something else changed the same blueprints meanwhile
 */
export async function initPort(options: InitPortOptions): Promise<InitReport> {
  const { dryRun = false } = options;
  const plan = await planInit(options);
  const blocked = isBlocked(plan);
  const { refused, unknown, byHand, differing, unchecked } = plan;
  const shared = { dryRun, blocked, refused, unknown, byHand, differing, unchecked };
  if (blocked) {
    const done = { createdBlueprints: [], added: [], integration: "unchanged" } as const;
    return { ...shared, done };
  }
  return { ...shared, done: dryRun ? foresee(plan) : await applyInit(plan, options) };
}

/** What applying a plan comes to where nobody else writes. */
function foresee({ blueprints, integration }: InitPlan): InitReport["done"] {
  const made = {
    create: "created",
    "write-mapping": "mapping written",
    none: "unchanged",
  } as const;
  return {
    createdBlueprints: blueprints
      .filter(({ create }) => create !== undefined)
      .map(({ identifier }) => identifier),
    added: blueprints
      .filter(({ create }) => create === undefined)
      .flatMap((planned) => listAddedFields(planned.identifier, planned)),
    integration: made[integration.action],
  };
}
