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

/** Objects with one key added. */
interface Added {
  /** In the order given. */
  readonly objects: readonly PagerDutyObject[];
  /** By their places those that have not got it, each with the reason. @default all have */
  readonly lacking?: ReadonlyMap<number, string>;
}

/**
 * Adds one key to all objects.
 *
 * @throws {HttpError} where PagerDuty refuses it to all; {@link Unavailable} where it answers, but not all
 */
export type Addition = (request: AdditionRequest) => Promise<Added>;

/** Something that was asked for cannot be had whole; the message says why. */
export class Unavailable extends Error {
  override name = "Unavailable";
}
