import { isReading } from "./is-reading.ts";
import type { PortClient } from "./port-client.ts";

/** Who is asked before each write to Port whether it may still be sent. */
export interface WriteGuard {
  /**
   * Lets one write be made, and knows of it until it is answered.
   *
   * @param write is given what it must await right before each attempt
   * @throws what keeps it from being sent
   */
  send<Value>(write: (admit: () => Promise<void>) => Promise<Value>): Promise<Value>;
}

/**
 * Port, for whoever may write only as long as a guard lets it: it is asked before a write waits for its
 * turn, and again right before each attempt, which may be much later.
 */
export function guardWrites(port: PortClient, guard: WriteGuard): PortClient {
  return {
    send: (request) =>
      isReading(request)
        ? port.send(request)
        : guard.send((admit) => port.send({ ...request, beforeAttempt: admit })),
  };
}
