import type { KindName } from "../source/kinds.ts";
import type { Enrichment } from "../source/listing-plan.ts";
import type { PagerDutyObject } from "../source/objects.ts";

/** What one kind of addition is asked to do. */
interface AdditionRequest {
  readonly kind: KindName;
  readonly objects: readonly PagerDutyObject[];
  readonly wanted: Enrichment;
  readonly signal: AbortSignal | undefined;
  /** Whether what earlier runs read may do for objects that have not changed. */
  readonly mayReuse: boolean;
}

/**
 * Adds one key to all objects, in their order.
 *
 * @throws {HttpError} where PagerDuty refuses; {@link Unavailable} where it answers, but not all
 */
export type Addition = (request: AdditionRequest) => Promise<readonly PagerDutyObject[]>;

/** Something that was asked for cannot be had whole; the message says why. */
export class Unavailable extends Error {
  override name = "Unavailable";
}
