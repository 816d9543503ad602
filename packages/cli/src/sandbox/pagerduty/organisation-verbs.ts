import { ConfigError } from "@pagerport/core";
import type { AuditedResource } from "../audit-trail.ts";
import type { Reference } from "../account-data.ts";
import type { World } from "../world.ts";
import type { ScheduleRequest } from "./directory.ts";
import { businessServiceId } from "./small-list-routes.ts";

/** What happens to people, teams and what they share. PagerDuty has no events for it. */
export interface OrganisationVerbs {
  /** @returns the id */
  createUser(options?: { readonly name?: string; readonly email?: string }): string;
  /** Deletes a user, whom schedules and policies still name. */
  deleteUser(id: string): void;
  /** @returns the id */
  createSchedule(options?: ScheduleRequest): string;
  /** Moves a layer-based schedule to the newer, shift-based kind: its id stays, the classic list drops it. */
  upgradeSchedule(id: string): void;
  /** Moves it back. */
  downgradeSchedule(id: string): void;
  /** Deletes a schedule of either kind. */
  deleteSchedule(id: string): void;
  /** Deletes an escalation policy that no service uses, and its on-calls. */
  deletePolicy(id: string): void;
  /** Deletes a team. What it had stays and has no team. */
  deleteTeam(id: string): void;
  deleteBusinessService(id: string): void;
}

/** The verbs of a world's people, teams, schedules and policies. */
export function organisationVerbs(world: World): OrganisationVerbs {
  const { account, directory, services, removed, audit } = world;

  const remove = (
    all: readonly Reference[],
    kind: string,
    resource: AuditedResource,
    id: string,
  ): void => {
    const found = all.find((one) => one.id === id);
    if (found === undefined || removed.has(id)) throw nothing(kind, id);
    removed.add(id);
    audit.noteDeletion(resource, found);
  };

  return {
    createUser: (options) => directory.createUser(options).reference.id,
    deleteUser: (id) => {
      const user = directory.findUser(id);
      if (user === undefined || !directory.deleteUser(id)) throw nothing("user", id);
      audit.noteDeletion("users", user.reference);
    },
    createSchedule: (options) => directory.createSchedule(options).reference.id,
    upgradeSchedule: (id) => {
      if (!directory.moveSchedule(id, "shifts")) throw nothing("layer-based schedule", id);
    },
    downgradeSchedule: (id) => {
      if (!directory.moveSchedule(id, "layers")) throw nothing("shift-based schedule", id);
    },
    deleteSchedule: (id) => {
      const schedule = directory.findSchedule(id);
      if (schedule === undefined || !directory.deleteSchedule(id)) throw nothing("schedule", id);
      audit.noteDeletion("schedules", schedule.reference);
    },
    deletePolicy: (id) => {
      const user = services.listed().find(({ policy }) => policy.id === id);
      if (user !== undefined) {
        throw new ConfigError(
          `Cannot delete escalation policy ${id} of the sandbox as service ${user.id} uses it`,
        );
      }
      remove(account.policies, "escalation policy", "escalation_policies", id);
    },
    deleteTeam: (id) => {
      remove(account.teams, "team", "teams", id);
      for (const service of services.listed()) {
        if (service.team?.id === id) {
          services.change(service.id, { team: undefined }, service.updatedAt);
        }
      }
      directory.leaveTeam(id);
    },
    deleteBusinessService: (id) => {
      const isThere = account.teams.some((_, index) => businessServiceId(account, index) === id);
      if (!isThere || removed.has(id)) throw nothing("business service", id);
      removed.add(id);
    },
  };
}

function nothing(kind: string, id: string): ConfigError {
  return new ConfigError(`Cannot find ${kind} ${id} in the sandbox`);
}
