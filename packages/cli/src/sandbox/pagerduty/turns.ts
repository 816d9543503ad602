import type { Person } from "../account-data.ts";
import type { Schedule } from "./directory.ts";

/** A stretch of time in which one person is on call, in seconds since 1970. */
export interface ScheduleTurn {
  readonly person: Person;
  readonly start: number;
  readonly end: number;
}

/** The turns of a schedule that overlap [from, to], whole. */
export function turnsWithin(schedule: Schedule, from: number, to: number): ScheduleTurn[] {
  const { users, turnSeconds, startsAt } = schedule;
  const first = Math.max(0, Math.floor((from - startsAt) / turnSeconds));
  const turns: ScheduleTurn[] = [];
  for (let number = first; startsAt + number * turnSeconds <= to; number++) {
    const person = users[number % users.length];
    if (person === undefined) break;
    const start = startsAt + number * turnSeconds;
    turns.push({ person, start, end: start + turnSeconds });
  }
  return turns;
}
