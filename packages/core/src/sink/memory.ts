import type { Delivery, PayloadSink } from "./sink.ts";

/** A sink that keeps what it is given: for tests, and for runs that write nothing. */
export interface MemorySink extends PayloadSink {
  readonly delivered: readonly Delivery[];
}

/** Makes a sink that accepts everything and keeps it, in order of arrival. */
export function createMemorySink(): MemorySink {
  const delivered: Delivery[] = [];
  return {
    delivered,
    deliver(delivery) {
      delivered.push(delivery);
      return Promise.resolve({ accepted: true });
    },
  };
}
