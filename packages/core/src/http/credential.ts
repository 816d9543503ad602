import type { Clock } from "../clock.ts";
import { describeError, ForeignHostError } from "../errors.ts";
import { createSteadyClock } from "../steady-clock.ts";
import { watchSecret } from "../watch-secret.ts";

/** Milliseconds until a value that could not be admitted is tried again, as long as it stays the same. */
const admitAgainAfter = 30_000;

/** What requests to a host are sent with, for as long as a process runs. */
export interface Credential<Value> {
  /** How many values were used so far, the first included. */
  readonly count: number;
  /**
   * What to send with. Where another value has taken the place of the one before, it is admitted first.
   *
   * @throws {ForeignHostError} where it is another account's
   */
  use(signal?: AbortSignal): Promise<Value>;
  /**
   * Looks for another value at once, as the host has refused one.
   *
   * @param refused what the request was sent with
   * @returns what to try instead; undefined where there is nothing else
   * @throws {ForeignHostError} where what is there is another account's
   */
  replace(refused: Value, signal?: AbortSignal): Promise<Value | undefined>;
}

export interface CredentialOptions<Value> {
  /** As it was when the process began. */
  readonly value: Value;
  /** Reads it again; undefined = it stays as it is. */
  readonly read?: (() => Value) | undefined;
  /** @default Object.is */
  readonly isSame?: (one: Value, other: Value) => boolean;
  /**
   * Makes sure that a value that takes the place of another is of the same account: nothing is sent with it
   * before. Where it throws something else than a {@link ForeignHostError}, the value before goes on
   * counting. @default every value is good
   */
  readonly admit?: ((value: Value) => Promise<void>) | undefined;
  /** The first value is to be admitted too. @default false */
  readonly admitsFirst?: boolean | undefined;
  /** What the user calls it. */
  readonly name: string;
  readonly clock: Clock;
  /** Told what a person should know of changes. */
  readonly onNotice?: ((message: string) => void) | undefined;
}

/**
 * Keeps what requests to a host are sent with. A file that holds it is looked at every 30 s, and at once when
 * the host refuses it. One of another account ends all requests until it is replaced again.
 */
export function createCredential<Value>(options: CredentialOptions<Value>): Credential<Value> {
  const { isSame = Object.is, admit, admitsFirst = false, name, onNotice } = options;
  const clock = createSteadyClock(options.clock);
  const { value: first, read, clock: wall } = options;
  const secret = watchSecret({ value: first, read, clock: wall, onNotice });
  let current: Admitted<Value> | undefined =
    admitsFirst && admit !== undefined ? undefined : { value: first };
  /** The last that was not admitted, and why. */
  let failed: { readonly value: Value; readonly error: unknown; readonly at: number } | undefined;
  let changing: Promise<void> | undefined;
  let count = 1;

  const isCurrent = (value: Value): boolean =>
    current !== undefined && isSame(value, current.value);

  /** Admits what is there by now, if it is another; all who come meanwhile wait for it. */
  async function settle(wanted: Value, signal: AbortSignal | undefined): Promise<void> {
    if (isCurrent(wanted)) {
      failed = undefined;
      return;
    }
    const isKnown = failed !== undefined && isSame(failed.value, wanted);
    if (!isKnown || clock.now() - (failed?.at ?? 0) >= admitAgainAfter) {
      changing ??= change(wanted).finally(() => {
        changing = undefined;
      });
    }
    await waitFor(changing, signal);
  }

  async function change(wanted: Value): Promise<void> {
    try {
      await admit?.(wanted);
      if (current !== undefined)
        onNotice?.(`${name} was replaced: the new one is used from here on`);
      if (current !== undefined) count += 1;
      current = { value: wanted };
      failed = undefined;
    } catch (error) {
      const isSameAgain = failed !== undefined && isSame(failed.value, wanted);
      const isForeign = error instanceof ForeignHostError;
      // That it is another's stays true while nobody answers.
      const kept = isSameAgain && !isForeign && isRefused() ? failed?.error : error;
      failed = { value: wanted, error: kept, at: clock.now() };
      if (isForeign || isSameAgain || current === undefined) return;
      onNotice?.(
        `${name} was replaced, but the new one cannot be used yet, and the one before is: ${describeError(error)}`,
      );
    }
  }

  const isRefused = (): boolean => failed?.error instanceof ForeignHostError;

  function result(): Value {
    if (failed !== undefined && (isRefused() || current === undefined)) throw failed.error;
    if (current === undefined) throw new Error(`${name} was not admitted`);
    return current.value;
  }

  return {
    get count() {
      return count;
    },
    async use(signal) {
      await settle(secret.read(), signal);
      return result();
    },
    async replace(refused, signal) {
      if (!isCurrent(refused)) return current?.value;
      await settle(secret.reread(), signal);
      const value = result();
      return isSame(value, refused) ? undefined : value;
    },
  };
}

interface Admitted<Value> {
  readonly value: Value;
}

/** Others go on waiting where one gives up. */
async function waitFor(
  work: Promise<void> | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (work === undefined || signal === undefined) return work;
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
