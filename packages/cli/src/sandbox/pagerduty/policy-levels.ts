import type { Account, Person, Reference } from "../account-data.ts";
import { hash, pick } from "../random.ts";
import type { World } from "../world.ts";
import type { Schedule } from "./directory.ts";

/** Whom one level of an escalation policy calls. */
export interface PolicyLevel {
  readonly level: number;
  readonly schedule: Schedule | undefined;
  /** Who is called where there is no schedule. */
  readonly person: Person;
}

/** One policy in so many calls a person at once, has a second level, has a team. */
const personOnlyOneIn = 4;
const oneLevelOneIn = 3;
const teamOneIn = 2;

/** The levels of the n-th policy of the account. */
export function policyLevels({ account, directory }: World, index: number): PolicyLevel[] {
  const { users, key } = account;
  const person = pick(users, index);
  const schedule =
    index % personOnlyOneIn === personOnlyOneIn - 1
      ? undefined
      : directory.scheduleAt(index % turnsOfSchedules(account));
  const first = { level: 1, schedule, person };
  if (hash(key, index, 311) % oneLevelOneIn === 0) return [first];
  return [first, { level: 2, schedule: undefined, person: pick(users, index + 1) }];
}

/** The policies that call whom a schedule names. */
export function policiesCalling(world: World, schedule: Schedule): Reference[] {
  const { policies } = world.account;
  const step = turnsOfSchedules(world.account);
  const calling: Reference[] = [];
  if (schedule.index >= step) return calling;
  for (let index = schedule.index; index < policies.length; index += step) {
    const policy = policies[index];
    const isCalling = policyLevels(world, index).some((level) => level.schedule === schedule);
    const isThere = policy !== undefined && !world.removed.has(policy.id);
    if (isThere && isCalling) calling.push(policy);
  }
  return calling;
}

/** After so many policies the first schedule is called again. */
function turnsOfSchedules({ policies }: Account): number {
  return Math.max(1, policies.length - 1);
}

/** The team of the n-th policy, if it has one. */
export function policyTeam({ account, removed }: World, index: number): Reference | undefined {
  const hashed = hash(account.key, index, 312);
  const team = hashed % teamOneIn === 0 ? pick(account.teams, hashed >>> 4) : undefined;
  return team === undefined || removed.has(team.id) ? undefined : team;
}
