import { Hono } from "hono";
import type { Person } from "../account-data.ts";
import { fullTeam, fullUser, userTeams } from "../full-objects.ts";
import { includesOf } from "../include.ts";
import { choices, timeZoneOf } from "../incident-query.ts";
import { pageOf } from "../list-response.ts";
import { invalidInput, notFound } from "../pagerduty-errors.ts";
import type { World } from "../world.ts";
import { changed } from "./edits.ts";
import { policyIncludes, policyObject } from "./policies.ts";
import { policyLevels, policyTeam } from "./policy-levels.ts";

/** What `include[]` may name for users. */
const userIncludes = ["contact_methods", "notification_rules", "teams", "subdomains"];

/** Users, teams and escalation policies. */
export function directoryRoutes(world: World): Hono {
  const app = new Hono();
  const { account, directory, removed } = world;

  app.get("/users", (context) => {
    const query = new URL(context.req.url).searchParams;
    const includes = includesOf(query, userIncludes, world.behaviour.unknownInclude);
    const teams = choices(query, "team_ids[]");
    const users = directory
      .users()
      .filter(
        (person) =>
          isNamed(query, person.reference.summary, person.email) &&
          (teams === undefined || userTeams(world, person).some(({ id }) => teams.has(id))),
      );
    return pageOf(world, query, "users", users, (person) => userObject(world, person, includes));
  });

  app.get("/users/:id", (context) => {
    const query = new URL(context.req.url).searchParams;
    const person = directory.findUser(context.req.param("id"));
    if (person === undefined) throw notFound();
    const includes = includesOf(query, userIncludes, world.behaviour.unknownInclude);
    return context.json({ user: userObject(world, person, includes) });
  });

  app.get("/teams", (context) => {
    const query = new URL(context.req.url).searchParams;
    const teams = account.teams.filter(
      ({ id, summary }) => !removed.has(id) && isNamed(query, summary),
    );
    return pageOf(world, query, "teams", teams, (team) => changed(world, { ...fullTeam(team) }));
  });

  app.get("/teams/:id", (context) => {
    const team = account.teams.find(({ id }) => id === context.req.param("id"));
    if (team === undefined || removed.has(team.id)) throw notFound();
    return context.json({ team: changed(world, { ...fullTeam(team) }) });
  });

  app.get("/escalation_policies", (context) => {
    const query = new URL(context.req.url).searchParams;
    const includes = includesOf(query, policyIncludes, world.behaviour.unknownInclude);
    const users = choices(query, "user_ids[]");
    const teams = choices(query, "team_ids[]");
    const direction = directionOf(query);
    const policies = account.policies
      .filter(
        (policy, index) =>
          !removed.has(policy.id) &&
          isNamed(query, policy.summary) &&
          (teams === undefined || teams.has(policyTeam(world, index)?.id ?? "")) &&
          (users === undefined || callsAnyOf(world, index, users)),
      )
      .toSorted((left, right) => direction * (left.summary < right.summary ? -1 : 1));
    return pageOf(world, query, "escalation_policies", policies, (policy) =>
      changed(world, policyObject(world, policy, includes)),
    );
  });

  app.get("/escalation_policies/:id", (context) => {
    const query = new URL(context.req.url).searchParams;
    // Read before the 404: a wrong time zone is wrong whatever the id.
    timeZoneOf(query);
    const policy = account.policies.find(({ id }) => id === context.req.param("id"));
    if (policy === undefined || removed.has(policy.id)) throw notFound();
    const includes = includesOf(query, policyIncludes, world.behaviour.unknownInclude);
    return context.json({
      escalation_policy: changed(world, policyObject(world, policy, includes)),
    });
  });

  return app;
}

function userObject(
  world: World,
  person: Person,
  includes: ReadonlySet<string>,
): Readonly<Record<string, unknown>> {
  const teams = userTeams(world, person);
  const user = { ...fullUser(world, person) };
  return changed(world, includes.has("teams") ? { ...user, teams: teams.map(fullTeam) } : user);
}

function callsAnyOf(world: World, index: number, users: ReadonlySet<string>): boolean {
  return policyLevels(world, index).some(({ schedule, person }) =>
    (schedule?.users ?? [person]).some(({ reference }) => users.has(reference.id)),
  );
}

/** Whether one of an object's names has the text of `query` in it. */
export function isNamed(query: URLSearchParams, ...names: readonly string[]): boolean {
  const part = query.get("query")?.toLowerCase() ?? "";
  return names.some((name) => name.toLowerCase().includes(part));
}

function directionOf(query: URLSearchParams): 1 | -1 {
  const sortBy = query.get("sort_by") ?? "name";
  if (!/^name(?::asc|:desc)?$/.test(sortBy)) {
    throw invalidInput(`sort_by has an invalid value: ${sortBy}`);
  }
  return sortBy === "name:desc" ? -1 : 1;
}
