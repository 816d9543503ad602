import type { Clock } from "../../clock.ts";
import { ForeignHostError } from "../../errors.ts";
import type { Mapping } from "../../map/mapping.ts";
import { createSteadyClock } from "../../steady-clock.ts";
import type { CheckedHosts } from "./check-hosts.ts";

/** Milliseconds that a look counts: a token that comes from a file may be replaced while a server runs. */
const lasts = 600_000;
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
   * @throws {HttpError} {@link NetworkError} where a host does not answer; what was known goes on counting
   */
  look(options: LookOptions): Promise<void>;
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
  let failures = 0;

  return {
    get isOpen() {
      return isOpen;
    },
    get refusal() {
      return refusal;
    },
    async look({ mapping, signal, isForRun = false }) {
      if (check === undefined) return;
      const now = clock.now();
      const isOld = isForRun && isOpen && now - lookedAt >= lastsForRun;
      if (now < nextAt && !isOld) return;
      try {
        hosts = await check(mapping, signal);
        failures = 0;
      } catch (error) {
        if (!(error instanceof ForeignHostError)) {
          nextAt = clock.now() + Math.min(longestPause, firstPause * 2 ** failures);
          failures += 1;
          throw error;
        }
        failures = 0;
        nextAt = clock.now() + foreignPause;
        refusal = error;
        isOpen = false;
        onRefuse(error);
        return;
      }
      lookedAt = clock.now();
      nextAt = lookedAt + lasts;
      refusal = undefined;
      if (isOpen) return;
      isOpen = true;
      onOpen(hosts);
    },
    async remember() {
      if (isOpen) await hosts?.remember();
    },
  };
}
