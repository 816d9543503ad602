import type { Reference } from "./account-data.ts";
import type { Behaviour } from "./behaviour.ts";
import { userTeams } from "./full-objects.ts";
import { accessDenied, notFound } from "./pagerduty-errors.ts";
import { policyTeam } from "./pagerduty/policy-levels.ts";
import type { Rows } from "./paging.ts";
import type { World } from "./world.ts";

/** What of an account is not shown, or shown wrongly; nothing of it, for those who want the truth. */
export const nothingHidden = {
  emptied: [],
  cutShort: [],
  unlisted: [],
  missing: [],
  hiddenTeams: [],
} as const satisfies Partial<Behaviour>;

/**
 * What a list tells of all that it could.
 *
 * @param name of the list in the answer
 * @param write makes the object that an item is told as
 */
export function listedOf<T>(
  world: World,
  name: string,
  limit: number,
  items: readonly T[],
  write: (item: T) => object,
): readonly T[] {
  const { emptied, cutShort } = world.behaviour;
  if (emptied.includes(name)) return [];
  const seen = hides(world) ? items.filter((item) => isListed(world, write(item))) : items;
  return cutShort.includes(name) ? seen.slice(0, limit) : seen;
}

/** The same of incidents, by their index. */
export function listedIncidents(world: World, limit: number, rows: Rows): Rows {
  const { incidents, behaviour } = world;
  const isPlain = !hides(world) && !behaviour.cutShort.includes("incidents");
  if (isPlain && !behaviour.emptied.includes("incidents")) return rows;
  const all = Array.from({ length: rows.length }, (_, position) => rows.at(position));
  const listed = listedOf(world, "incidents", limit, all, (index) => ({
    id: incidents.data.id(index),
    team: incidents.service(index).team,
  }));
  return { length: listed.length, at: (position) => listed[position] ?? Number.NaN };
}

/** Throws what an object answers by id that is there but not shown. */
export function checkShown(world: World, resource: string, id: string): void {
  const { missing, hiddenTeams, hiddenTeamStatus } = world.behaviour;
  if (missing.some((name) => name === "*" || name === resource || name === id)) throw notFound();
  if (resource === "teams" && hiddenTeams.includes(id)) {
    if (hiddenTeamStatus === 403) throw accessDenied("The token may not see this team");
    if (hiddenTeamStatus === 404) throw notFound();
    return;
  }
  if (areHidden(world, teamsOf(world, resource, id))) throw notFound();
}

function hides({ behaviour }: World): boolean {
  return behaviour.unlisted.length > 0 || behaviour.hiddenTeams.length > 0;
}

function isListed(world: World, object: object): boolean {
  const { unlisted, hiddenTeams } = world.behaviour;
  const id = String(Reflect.get(object, "id"));
  if (unlisted.includes(id) || hiddenTeams.includes(id)) return false;
  return !areHidden(world, namedTeams(world, object));
}

/** The teams that an object names; of an on-call, those of its policy. */
function namedTeams(world: World, object: object): readonly { readonly id: string }[] {
  const {
    teams,
    team,
    escalation_policy: policy,
  } = object as {
    readonly teams?: { readonly id: string }[];
    readonly team?: { readonly id: string } | null;
    readonly escalation_policy?: { readonly id: string };
  };
  if (teams !== undefined) return teams;
  if (team !== undefined && team !== null) return [team];
  return policy === undefined ? [] : teamsOf(world, "escalation_policies", policy.id);
}

/** What belongs to no team, or to one that is seen too, is seen. */
function areHidden({ behaviour }: World, teams: readonly { readonly id: string }[]): boolean {
  return teams.length > 0 && teams.every(({ id }) => behaviour.hiddenTeams.includes(id));
}

/** The teams of the object of an id. */
function teamsOf(world: World, resource: string, id: string): readonly Reference[] {
  const { account, services, incidents, directory } = world;
  switch (resource) {
    case "services":
      return listOf(services.find(id)?.team);
    case "schedules":
      return listOf(directory.findSchedule(id)?.team);
    case "users": {
      const person = directory.findUser(id);
      return person === undefined ? [] : userTeams(world, person);
    }
    case "escalation_policies": {
      const index = account.policies.findIndex((policy) => policy.id === id);
      return index === -1 ? [] : listOf(policyTeam(world, index));
    }
    case "incidents": {
      const index = incidents.find(id);
      return index === undefined ? [] : listOf(incidents.service(index).team);
    }
    default:
      return [];
  }
}

function listOf(team: Reference | undefined): readonly Reference[] {
  return team === undefined ? [] : [team];
}
