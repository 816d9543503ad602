import { kindKey, type Account, type Person, type Priority } from "./account-data.ts";
import { incidentId, incidentIndex } from "./ids.ts";
import type { IncidentTimes } from "./incident-times.ts";
import { awkwardEndings, incidentTitles, triggerSummaries } from "./names.ts";
import { hash, pick, unit } from "./random.ts";
import type { Service, ServiceStore } from "./service-data.ts";

/** Where an incident can be in its life. */
export type IncidentStatus = "triggered" | "acknowledged" | "resolved";

/** What has happened to an incident so far; times in seconds since 1970. */
export interface IncidentLife {
  readonly status: IncidentStatus;
  readonly acknowledgedAt: number | undefined;
  readonly resolvedAt: number | undefined;
  /** When its status last changed. */
  readonly changedAt: number;
}

/** The longest that a generated incident stays open, in seconds: seven days. */
const longestOpenSeconds = 7 * 86_400;

/** One title in so many has an awkward ending. */
const awkwardOneIn = 40;

/** Numbers of the fields, so that each is drawn independently. */
const field = {
  service: 2,
  urgency: 3,
  person: 4,
  priority: 5,
  duration: 6,
  acknowledged: 7,
  title: 8,
  trigger: 9,
} as const;

/** Every field of every generated incident, computed from the account's key and the incident's index. */
export class IncidentData {
  readonly account: Account;
  readonly services: ServiceStore;
  readonly times: IncidentTimes;
  /** Seconds since 1970 at which the generated history ends: what was open then is open. */
  readonly end: number;
  readonly #key: number;
  readonly #idKey: number;
  /** Generated incidents before this index are all resolved. */
  readonly firstOpen: number;
  /** Services that the history is spread over; those created later have no generated incidents. */
  readonly #serviceCount: number;

  constructor(account: Account, services: ServiceStore, times: IncidentTimes, end: number) {
    this.account = account;
    this.services = services;
    this.times = times;
    this.end = end;
    this.#key = kindKey(account.key, "incident fields");
    this.#idKey = kindKey(account.key, "incident");
    this.#serviceCount = services.size;
    this.firstOpen = times.lowerBound(end - longestOpenSeconds);
  }

  /** How many are generated; those created later have indexes from here on. */
  get count(): number {
    return this.times.count;
  }

  id(index: number): string {
    return incidentId(this.#idKey, index);
  }

  /** The index of an id of this account (there need not be an incident of that index). */
  indexOf(id: string): number | undefined {
    return incidentIndex(this.#idKey, id);
  }

  serviceIndex(index: number): number {
    const share = unit(this.#key, index, field.service);
    // Squared: a few services have most of the incidents, as in real accounts.
    return Math.floor(share * share * this.#serviceCount);
  }

  urgency(index: number): "high" | "low" {
    return hash(this.#key, index, field.urgency) % 3 === 0 ? "low" : "high";
  }

  /** Who was called, and acknowledged or resolved it. */
  person(index: number): Person {
    return pick(this.account.users, hash(this.#key, index, field.person));
  }

  priority(index: number): Priority | null {
    const hashed = hash(this.#key, index, field.priority);
    return hashed % 5 < 3 ? null : pick(this.account.priorities, hashed >>> 4);
  }

  title(index: number, service: Service): string {
    const hashed = hash(this.#key, index, field.title);
    const ending = hashed % awkwardOneIn === 0 ? pick(awkwardEndings, hashed >>> 12) : "";
    return `${pick(incidentTitles, hashed >>> 6)} ${service.name}${ending}`;
  }

  /** What the first log entry is summed up with. */
  trigger(index: number): string {
    return pick(triggerSummaries, hash(this.#key, index, field.trigger));
  }

  life(index: number): IncidentLife {
    const createdAt = this.times.at(index);
    const seconds = this.#openSeconds(index);
    const resolvedAt = createdAt + seconds;
    const share = unit(this.#key, index, field.acknowledged);
    const acknowledgedAt = share < 0.7 ? createdAt + Math.floor((seconds * share) / 4) : undefined;
    if (resolvedAt <= this.end) {
      return { status: "resolved", acknowledgedAt, resolvedAt, changedAt: resolvedAt };
    }
    if (acknowledgedAt !== undefined && acknowledgedAt <= this.end) {
      return {
        status: "acknowledged",
        acknowledgedAt,
        resolvedAt: undefined,
        changedAt: acknowledgedAt,
      };
    }
    return {
      status: "triggered",
      acknowledgedAt: undefined,
      resolvedAt: undefined,
      changedAt: createdAt,
    };
  }

  /** Four of five within four hours, most others within a day, the rest within a week. */
  #openSeconds(index: number): number {
    const share = unit(this.#key, index, field.duration);
    if (share < 0.8) return 120 + Math.floor((share / 0.8) * 4 * 3600);
    if (share < 0.95) return Math.floor((4 + ((share - 0.8) / 0.15) * 20) * 3600);
    return Math.floor((1 + ((share - 0.95) / 0.05) * 5.9) * 86_400);
  }
}
