import { type Account, kindKey, type Person, type Reference } from "../account-data.ts";
import { shortId } from "../ids.ts";
import { hash, pick } from "../random.ts";

/** How something that was deleted is still named: nothing leads to it any more. */
export type PersonReference = Omit<Reference, "self"> & { readonly self: string | null };

/** PagerDuty's classic schedules, and those of `/v3/schedules`. */
export type ScheduleKind = "layers" | "shifts";

/** A schedule: people take turns, in one layer or in the shifts of one rotation. */
export interface Schedule {
  readonly index: number;
  /** Which of PagerDuty's two kinds it is; an upgrade keeps its id. */
  readonly kind: ScheduleKind;
  readonly reference: Reference;
  readonly description: string | null;
  readonly timeZone: string;
  readonly users: readonly Person[];
  /** Seconds of one turn. */
  readonly turnSeconds: number;
  /** Seconds since 1970 at which the first turn began. */
  readonly startsAt: number;
  readonly team: Reference | undefined;
}

/** What a new schedule is to be. */
export interface ScheduleRequest {
  readonly name?: string;
  /** @default "layers" */
  readonly kind?: ScheduleKind;
}

const daySeconds = 86_400;
const weekSeconds = 7 * daySeconds;
const monday9OClock = Date.UTC(2018, 0, 1, 9) / 1000;

/** One schedule in so many changes hands every day, not every week; one in so many has no team. */
const dailyOneIn = 4;
const teamlessOneIn = 3;

const timeZones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo"] as const;

/** The people and schedules of an account: those of the beginning, those created and those deleted since. */
export class Directory {
  readonly #account: Account;
  readonly #users = new Map<string, Person>();
  readonly #schedules = new Map<string, Schedule>();
  readonly #deletedUsers = new Set<string>();
  #userCount = 0;
  #scheduleCount = 0;

  constructor(account: Account, schedules: number, shiftSchedules = 0) {
    this.#account = account;
    for (const person of account.users) this.#users.set(person.reference.id, person);
    this.#userCount = account.users.length;
    for (let index = 0; index < schedules; index++) this.createSchedule();
    for (let index = 0; index < shiftSchedules; index++) this.createSchedule({ kind: "shifts" });
  }

  /** The users that are there, in the order they were created in. */
  users(): Person[] {
    return [...this.#users.values()];
  }

  findUser(id: string): Person | undefined {
    return this.#users.get(id);
  }

  /** How others name a person, deleted or not. */
  refer(person: Person): PersonReference {
    if (!this.#deletedUsers.has(person.reference.id)) return person.reference;
    return { ...person.reference, self: null, html_url: null };
  }

  createUser(options: { readonly name?: string; readonly email?: string } = {}): Person {
    const index = this.#userCount++;
    const name = options.name ?? `Newcomer ${index + 1}`;
    const reference = this.#refer("user", "users", index, name);
    const person = { index, reference, email: options.email ?? `person${index + 1}@example.com` };
    this.#users.set(reference.id, person);
    return person;
  }

  /** Deletes a user, whom schedules and policies still name. False where there is none of that id. */
  deleteUser(id: string): boolean {
    if (!this.#users.delete(id)) return false;
    this.#deletedUsers.add(id);
    return true;
  }

  /** The schedules of a kind that are there, in the order they were created in. */
  schedules(kind: ScheduleKind): Schedule[] {
    return [...this.#schedules.values()].filter((schedule) => schedule.kind === kind);
  }

  /** @param kind @default either */
  findSchedule(id: string, kind?: ScheduleKind): Schedule | undefined {
    const found = this.#schedules.get(id);
    return kind === undefined || found?.kind === kind ? found : undefined;
  }

  /** The schedule that was created as the n-th, unless it was deleted. */
  scheduleAt(index: number): Schedule | undefined {
    return this.#schedules.get(shortId(kindKey(this.#account.key, "schedule"), index));
  }

  createSchedule(options: ScheduleRequest = {}): Schedule {
    const { key, users, teams } = this.#account;
    const index = this.#scheduleCount++;
    const hashed = hash(key, index, 301);
    const isDaily = hashed % dailyOneIn === 0;
    const turns = Math.min(users.length, 2 + (hashed % 4));
    const name = options.name ?? `Schedule ${index + 1} (${isDaily ? "daily" : "weekly"})`;
    const kind = options.kind ?? "layers";
    const schedule: Schedule = {
      index,
      kind,
      reference: this.#referSchedule(this.#refer("schedule", "schedules", index, name), kind),
      description: hashed % 5 === 0 ? null : `Who is on call, ${isDaily ? "by day" : "by week"}`,
      timeZone: pick(timeZones, hashed >>> 4),
      users: Array.from({ length: turns }, (_, turn) => pick(users, index + turn)),
      turnSeconds: isDaily ? daySeconds : weekSeconds,
      startsAt: monday9OClock,
      team: hashed % teamlessOneIn === 0 ? undefined : pick(teams, hashed >>> 8),
    };
    this.#schedules.set(schedule.reference.id, schedule);
    return schedule;
  }

  /** Makes a schedule one of the other kind, under the same id. False where there is none, or it is already. */
  moveSchedule(id: string, kind: ScheduleKind): boolean {
    const schedule = this.#schedules.get(id);
    if (schedule === undefined || schedule.kind === kind) return false;
    const reference = this.#referSchedule(schedule.reference, kind);
    this.#schedules.set(id, { ...schedule, kind, reference });
    return true;
  }

  /** False where there is none of that id. */
  deleteSchedule(id: string): boolean {
    return this.#schedules.delete(id);
  }

  /** Lets the schedules of a team have none. */
  leaveTeam(teamId: string): void {
    for (const [id, schedule] of this.#schedules) {
      if (schedule.team?.id === teamId) this.#schedules.set(id, { ...schedule, team: undefined });
    }
  }

  #referSchedule(reference: Reference, kind: ScheduleKind): Reference {
    const { id } = reference;
    const isShifts = kind === "shifts";
    return {
      ...reference,
      type: isShifts ? "schedule_v3_reference" : "schedule_reference",
      self: `${this.#account.apiUrl}${isShifts ? "/v3" : ""}/schedules/${id}`,
    };
  }

  #refer(kind: string, path: string, index: number, summary: string): Reference {
    const { key, apiUrl, webUrl } = this.#account;
    const id = shortId(kindKey(key, kind), index);
    const type = `${kind}_reference`;
    return {
      id,
      type,
      summary,
      self: `${apiUrl}/${path}/${id}`,
      html_url: `${webUrl}/${path}/${id}`,
    };
  }
}
