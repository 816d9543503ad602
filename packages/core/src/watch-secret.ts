import type { Clock } from "./clock.ts";
import { describeError } from "./errors.ts";
import { createSteadyClock } from "./steady-clock.ts";

/** Milliseconds between looks at a file that a secret comes from, while nobody refuses the secret. */
export const secretLookEvery = 30_000;

/** A secret as it is by now: one that comes from a file may be replaced while a process runs. */
export interface WatchedSecret<Value> {
  /** As it was at the last look, which is no older than {@link secretLookEvery}. */
  read(): Value;
  /** As it is at this moment: for whoever was just refused with it. */
  reread(): Value;
}

export interface WatchSecretOptions<Value> {
  /** As it was when the process began. */
  readonly value: Value;
  /** Reads it again; undefined = it stays as it is. Throws where it cannot be read just now. */
  readonly read: (() => Value) | undefined;
  readonly clock: Clock;
  /** Told once when it cannot be read any more, and once when it can be again. */
  readonly onNotice?: ((message: string) => void) | undefined;
}

/**
 * Looks again and again at where a secret comes from. What is unreadable, empty or wrong for a moment (a
 * file is being replaced) leaves the secret as it was. The content is compared and no date: Kubernetes
 * replaces secrets by links to other folders.
 */
export function watchSecret<Value>(options: WatchSecretOptions<Value>): WatchedSecret<Value> {
  const { read, onNotice } = options;
  const clock = createSteadyClock(options.clock);
  let { value } = options;
  let lookedAt = clock.now();
  let isLost = false;

  function reread(): Value {
    if (read === undefined) return value;
    lookedAt = clock.now();
    try {
      value = read();
      if (isLost) onNotice?.("A secret that could not be read again can be read now");
      isLost = false;
    } catch (error) {
      if (!isLost) onNotice?.(`${describeError(error)}. What it held before is used until then`);
      isLost = true;
    }
    return value;
  }

  return {
    read: () => (clock.now() - lookedAt < secretLookEvery ? value : reread()),
    reread,
  };
}
