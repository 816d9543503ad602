import { readId } from "../source/kinds.ts";
import { isRecord, type PagerDutyObject } from "../source/objects.ts";
import type { ListReading } from "../source/read-list.ts";
import { type Addition, Unavailable } from "./addition.ts";

/**
 * Adds `__email` to the users of a schedule, from the list of all users, which is read once for a run. A
 * user who was deleted is still named by schedules, and has no address: null.
 */
export function createUserEmails(
  readUsers: (signal?: AbortSignal) => Promise<ListReading<PagerDutyObject>>,
): Addition {
  let emails: ReadonlyMap<string | null, unknown> | undefined;

  return async ({ objects, signal }) => {
    if (!objects.some((object) => hasUsers(object))) return { objects };
    if (emails === undefined) {
      const { rows, complete, reason } = await readUsers(signal);
      if (!complete) throw new Unavailable(`The list of users is incomplete: ${reason}`);
      emails = new Map(rows.map((user) => [readId(user), user["email"]]));
    }
    const known = emails;
    const withEmails = objects.map((object) => {
      const users: unknown = object["users"];
      if (!Array.isArray(users)) return object;
      const added = users.map((user: unknown) => addEmail(user, known));
      return { ...object, users: added };
    });
    return { objects: withEmails };
  };
}

function addEmail(user: unknown, emails: ReadonlyMap<string | null, unknown>): unknown {
  return isRecord(user) ? { ...user, __email: emails.get(readId(user)) ?? null } : user;
}

function hasUsers(object: PagerDutyObject): boolean {
  return Array.isArray(object["users"]) && object["users"].length > 0;
}
