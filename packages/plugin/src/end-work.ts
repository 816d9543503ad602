import type { Clock } from "@pagerport/core";

/**
 * Milliseconds that events may take to end when Backstage shuts down; what has not ended by then is done
 * again by whoever takes it next. Kubernetes ends a process 30 s after it was told to stop, and the
 * backend's other services end within that time too.
 * {@link https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination}
 */
export const shutdownGrace = 20_000;

export interface EndWorkOptions {
  /** Settles when what had begun has ended. */
  readonly working: Promise<unknown>;
  readonly clock: Clock;
  /** Told when it has not ended in time; what goes on is then given up. */
  readonly onOverdue: () => void;
}

/** Waits for work to end, and has it given up where that takes too long. Rejects where the work does. */
export async function endWork({ working, clock, onOverdue }: EndWorkOptions): Promise<void> {
  const ending = new AbortController();
  const overdue = clock.sleep(shutdownGrace, ending.signal).then(onOverdue, () => undefined);
  try {
    await working;
  } finally {
    ending.abort();
    await overdue;
  }
}
