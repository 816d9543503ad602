import type { Clock } from "../../clock.ts";
import { ForeignHostError } from "../../errors.ts";
import type { Mapping } from "../../map/mapping.ts";
import { createSteadyClock } from "../../steady-clock.ts";
import type { CheckedHosts } from "./check-hosts.ts";

/** Milliseconds that a look counts: a token that comes from a file may be replaced while a server runs. */
const lasts = 600_000;
/** Milliseconds between questions whether another process has come to remember other hosts since the look. */
const peekEvery = 30_000;
/** Before a run, one of this age is old: a run may write everything. */
const lastsForRun = 60_000;
/** Milliseconds until hosts that are another's are looked at again: a person has to mend that. */
const foreignPause = 60_000;
/** Milliseconds until a host that did not answer is asked again: twice as long each time, up to a minute. */
const firstPause = 5000;
const longestPause = 60_000;

/** Asks whose hosts they are; see `checkHosts()`. */
export type CheckOwnHosts = (
  mapping: Mapping | undefined,
  signal: AbortSignal,
) => Promise<CheckedHosts>;

/** Keeps whoever works in the background from another's account and organisation. */
export interface HostsGuard {
  /** Whether the hosts were found to be the integration's own, and have not been found to be another's since. */
  readonly isOpen: boolean;
  /** Why not, where they are another's. */
  readonly refusal: ForeignHostError | undefined;
  /**
   * Looks, where that is due.
   *
   * @returns whether what is known is fresh enough
   * @throws {HttpError} {@link NetworkError} where a host does not answer; what was known goes on counting
   */
  look(options: LookOptions): Promise<boolean>;
  /**
   * The same for whoever is about to write: passes only where the hosts were found to be the integration's own.
   *
   * @throws {ForeignHostError} where they are another's @throws {HttpError} {@link NetworkError} where nobody knows
   */
  ensure(options: LookOptions): Promise<void>;
  /** Shuts at once: whoever works has been told that a credential is another's, before it was used. */
  shut(error: ForeignHostError): void;
  /** Remembers the hosts, since they have served. */
  remember(): Promise<void>;
}

interface LookOptions {
  readonly mapping: Mapping | undefined;
  readonly signal: AbortSignal;
  /** A look that was good for everything else may be too old for a run. @default false */
  readonly isForRun?: boolean;
}

export interface HostsGuardOptions {
  readonly clock: Clock;
  /** Undefined = whatever hosts there are. */
  readonly check: CheckOwnHosts | undefined;
  /** Told when it opens. */
  readonly onOpen: (hosts: CheckedHosts | undefined) => void;
  /** Told of every look that finds them to be another's. */
  readonly onRefuse: (error: ForeignHostError) => void;
  /** Told of every look that a host does not answer, or refuses. @default nobody is */
  readonly onFault?: ((error: unknown) => void) | undefined;
  /** Told of every look that both hosts answer. @default nobody is */
  readonly onAnswer?: (() => void) | undefined;
}

/** Makes a guard, shut until its first look where there is something to check. */
export function createHostsGuard(options: HostsGuardOptions): HostsGuard {
  const { check, onOpen, onRefuse } = options;
  const clock = createSteadyClock(options.clock);
  let hosts: CheckedHosts | undefined;
  let refusal: ForeignHostError | undefined;
  let isOpen = check === undefined;
  let lookedAt = -Infinity;
  let nextAt = -Infinity;
  let peekedAt = -Infinity;
  let hadMapping = false;
  let pausedUntil = -Infinity;
  let failures = 0;

  /** A person may have told another process that the integration belongs elsewhere. */
  const hasMoved = async (isForRun: boolean): Promise<boolean> => {
    if (!isOpen || hosts?.isCurrent === undefined) return false;
    if (!isForRun && clock.now() - peekedAt < peekEvery) return false;
    peekedAt = clock.now();
    // What cannot be read just now has not changed.
    return !(await hosts.isCurrent().catch(() => true));
  };

  const shut = (error: ForeignHostError): void => {
    nextAt = clock.now() + foreignPause;
    refusal = error;
    isOpen = check === undefined;
    onRefuse(error);
  };

  const look = async ({ mapping, signal, isForRun = false }: LookOptions): Promise<boolean> => {
    if (check === undefined) return true;
    const now = clock.now();
    // Without a mapping hardly anything is known by which an account could be told.
    const wasBlind = isOpen && mapping !== undefined && !hadMapping;
    const hasAged = isForRun && isOpen && now - lookedAt >= lastsForRun;
    const isOld = hasAged || wasBlind || (await hasMoved(isForRun));
    if (now < nextAt && !(isOld && now >= pausedUntil)) return isOpen && !isOld;
    try {
      hosts = await check(mapping, signal);
      failures = 0;
    } catch (error) {
      if (!(error instanceof ForeignHostError)) {
        pausedUntil = clock.now() + Math.min(longestPause, firstPause * 2 ** failures);
        nextAt = pausedUntil;
        failures += 1;
        options.onFault?.(error);
        throw error;
      }
      failures = 0;
      shut(error);
      return false;
    }
    options.onAnswer?.();
    lookedAt = clock.now();
    peekedAt = lookedAt;
    hadMapping = mapping !== undefined;
    nextAt = lookedAt + lasts;
    refusal = undefined;
    if (isOpen) return true;
    isOpen = true;
    onOpen(hosts);
    return true;
  };

  return {
    get isOpen() {
      return isOpen;
    },
    get refusal() {
      return refusal;
    },
    look,
    shut(error) {
      // Many find out at the same time.
      if (isOpen) shut(error);
    },
    async ensure(wanted) {
      if (check === undefined || (isOpen && hadMapping)) return;
      // A pause is for those who look by and by.
      nextAt = -Infinity;
      await look(wanted);
      if (refusal !== undefined) throw refusal;
    },
    async remember() {
      if (isOpen) await hosts?.remember();
    },
  };
}
