import { type Clock, describeError, type ServerPlace } from "@pagerport/core";
import type { Log } from "../ui/log.ts";

/**
 * Takes the place of the store's server, and tells whom it waits for. Where another has it, events are received
 * and kept meanwhile: whoever replaces a server, as a rolling update does, ends the first one only when the
 * second answers.
 *
 * @throws {ConfigError} naming the first, where that does not end in time
 */
export async function takePlace(
  place: ServerPlace,
  {
    clock,
    log,
    signal,
  }: { readonly clock: Clock; readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  const { other } = place;
  if (other !== undefined) {
    const since = other.since === undefined ? {} : { since: new Date(other.since).toISOString() };
    log.warn("Another server works with this store: events are kept until it ends", {
      owner: other.owner,
      ...since,
    });
  }
  const begun = clock.now();
  const { objects, leases } = await place.taken(signal);
  if (other !== undefined) {
    log.info("The other server has ended: this one goes on", { ms: clock.now() - begun });
  }
  if (objects + leases > 0) {
    log.info("What the server before had begun is taken over", { objects, runs: leases });
  }
}

/** Opens what listens; where the first server still has the address, as soon as that has ended. */
export async function openWhenFree<Opened>(
  open: () => Promise<Opened>,
  options: {
    readonly place: ServerPlace;
    readonly placed: Promise<void>;
    readonly log: Log;
  },
): Promise<Opened> {
  const { place, placed, log } = options;
  try {
    return await open();
  } catch (error) {
    if (place.other === undefined) throw error;
    log.warn(`${describeError(error)}: it is tried again when the other server has ended`);
    await placed;
    return open();
  }
}
