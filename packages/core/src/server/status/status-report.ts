import type { PlanSummary } from "../../store/plans/plans.ts";
import type { CheckedBlueprint } from "../../store/notes/check-note.ts";

/**
 * How an integration is: plain data, as JSON holds it. Moments are ISO 8601, in UTC; null is what is not
 * there, or not known from where it was read.
 */
export interface StatusReport {
  /** Who told: a server, which knows most; a store; or Port, which knows little. */
  readonly from: "server" | "store" | "port";
  /** When, by the clock of whoever told. */
  readonly at: string;
  /** The integration's identifier in Port. */
  readonly integration: string;
  readonly store: StatusStore | null;
  readonly hosts: StatusHosts;
  /** The server that wrote into the store last; null where none ever has. */
  readonly server: StatusServer | null;
  readonly mapping: StatusMapping | null;
  readonly runs: StatusRuns;
  readonly lag: StatusLag;
  readonly webhook: StatusWebhook | null;
  readonly inbox: StatusInbox | null;
  /** What was deleted and can be put back, as a server saw it last; null where none has looked. */
  readonly journal: StatusJournal | null;
  /** Those that a person has not decided on whole; the oldest first. */
  readonly plans: readonly StatusPlan[];
  /** What the last full run held back for a person, and nobody has decided on since. */
  readonly withheld: readonly StatusKept[];
  readonly pause: StatusPause | null;
  /** Hosts that do not answer, or refuse us; null where nobody can tell. */
  readonly pausedHosts: readonly StatusPausedHost[] | null;
  /** Rate limits, as hosts told them last. */
  readonly budgets: readonly StatusBudget[];
  /** The last check of Port's catalog against PagerDuty. */
  readonly check: StatusCheck | null;
}

/** The store that was read. */
export interface StatusStore {
  readonly place: string;
  readonly isPersistent: boolean;
}

/** Whose the hosts are. */
export interface StatusHosts {
  /** Web address of the PagerDuty account, `acme.pagerduty.com`. */
  readonly account: string | null;
  /** Id of the organisation in Port. */
  readonly portOrg: string | null;
  /** Why nothing is applied, where the credentials are of another one. */
  readonly foreign: string | null;
}

/** A server of this store. */
export interface StatusServer {
  /** Host and process. */
  readonly owner: string;
  /** When it last wrote how it is: every 15 seconds. */
  readonly seenAt: string;
  /** Whether that is so short a time ago that it is at work. */
  readonly isAlive: boolean;
  /** Minutes between resyncs; 0 = none by its own schedule. */
  readonly resyncMinutes: number;
  /** Hours between checks of the catalog; 0 = none. */
  readonly verifyHours: number;
}

/** The mapping that is gone by. */
export interface StatusMapping {
  /** Where it is from: a file's name, `the mapping of integration X in Port`. */
  readonly origin: string | null;
  /** A hash of it: the same mapping has the same. */
  readonly hash: string;
  readonly since: string;
  /**
   * Whether what it makes no more went away: `through`; `withheld`: a person has to decide; `pending`: no full
   * resync has gone by it yet; `unknown`.
   */
  readonly deletions: "through" | "withheld" | "pending" | "unknown";
  /** Blueprints that are not written until a person decides, as their entities are named otherwise. */
  readonly blocked: readonly string[];
}

/** A resync that has ended. */
export interface StatusRun {
  /** Null where only Port tells of it. */
  readonly number: number | null;
  readonly type: "full" | "delta";
  readonly startedAt: string;
  readonly endedAt: string;
  readonly outcome: "complete" | "incomplete" | "failed" | "lost";
}

/** Resyncs. */
export interface StatusRuns {
  /** The one that goes on. */
  readonly running: { readonly owner: string; readonly since: string } | null;
  /** What begins as soon as none goes on. */
  readonly queued: "full" | "delta" | null;
  /** The last full one that got to its end. */
  readonly lastFull: StatusRun | null;
  /** The last delta that got to its end. */
  readonly lastDelta: StatusRun | null;
  /** The last ones, latest first, whatever became of them. */
  readonly last: readonly StatusRun[];
  /** When the next one begins by the schedule. */
  readonly nextAt: string | null;
  /** Whether it should have begun long ago. */
  readonly isOverdue: boolean;
}

/** The oldest change that is not in Port yet, or may not be. */
export interface StatusLag {
  /** The earlier of the two; null where there is none. */
  readonly since: string | null;
  /** When what the longest waiting event tells of happened. */
  readonly events: string | null;
  /** From when changes may be missing that only a resync brings, where one is overdue. */
  readonly runs: string | null;
}

/** How PagerDuty's webhooks are looked after. */
export interface StatusWebhook {
  /** `ready`, `by-hand`, `no-url`, `denied`, `refused`, `failed` or `unknown`; null where nobody tells. */
  readonly state: string | null;
  readonly reason: string | null;
  /** When the last signed event came. */
  readonly lastEvent: string | null;
}

/** Events that were received. */
export interface StatusInbox {
  readonly waiting: number;
  readonly dead: number;
  /** When the one that waits longest was received. */
  readonly oldest: string | null;
}

/** How full the journal of deletions is, in bytes. */
export interface StatusJournal {
  /** Kept until its time has passed. */
  readonly kept: number;
  /** Goes earlier where room is needed. */
  readonly rotating: number;
  /** What both may take; 0 = no limit. */
  readonly limit: number;
  /** What there was no room for, so that nothing is deleted; 0 where there is room. */
  readonly refused: number;
}

/** A plan that waits for a person. */
export interface StatusPlan extends Omit<PlanSummary, "openedAt" | "since" | "run"> {
  readonly openedAt: string;
  /** Since when the oldest of those that wait has been withheld. */
  readonly since: string;
  /** Null: of live events. */
  readonly run: number | null;
}

/** What a run held back. */
export interface StatusKept {
  readonly blueprint: string;
  readonly brake: string;
  readonly reason: string;
  readonly entities: number;
  /** Whether a guard stopped it, so that no approval helps: `control`, `guard` or `refused`. */
  readonly isGuardStop: boolean;
}

/** That a person wants nothing written. */
export interface StatusPause {
  readonly scope: "all" | "deletions";
  readonly since: string;
  readonly until: string | null;
  readonly by: string;
  readonly reason: string | null;
}

/** A host in trouble. */
export interface StatusPausedHost {
  readonly host: string;
  readonly since: string;
  readonly error: string;
}

/** A host's rate limit. */
export interface StatusBudget {
  readonly host: string;
  /** What of the host has this limit of its own; null for all else. */
  readonly part: string | null;
  readonly limit: number;
  readonly remaining: number;
  readonly seenAt: string;
}

/** What the last check came to. */
export interface StatusCheck {
  readonly at: string;
  readonly by: string;
  /** Entities of a blueprint that were compared field by field at most; null = all. */
  readonly sample: number | null;
  readonly verdict: "in-step" | "drifted" | "unfinished";
  readonly blueprints: readonly CheckedBlueprint[];
}
