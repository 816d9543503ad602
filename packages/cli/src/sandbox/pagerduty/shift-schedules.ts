import { kindKey } from "../account-data.ts";
import { shortId } from "../ids.ts";
import type { World } from "../world.ts";

/** Schedules of the newer kind, which the classic list leaves out. */
const shiftScheduleCount = 3;

/** Every shift-based schedule, as lists give it. */
export function shiftSchedules(world: World): { readonly id: string }[] {
  return makeSchedules(world, "schedule_v3_reference");
}

function makeSchedules({ account }: World, type: string): { readonly id: string }[] {
  return Array.from({ length: shiftScheduleCount }, (_, index) => {
    const id = shortId(kindKey(account.key, "shift schedule"), index);
    return {
      id,
      type,
      name: `Shifts ${index + 1}`,
      summary: `Shifts ${index + 1}`,
      time_zone: account.timeZone,
      self: `${account.apiUrl}/v3/schedules/${id}`,
      html_url: `${account.webUrl}/schedules/${id}`,
      teams: [],
    };
  });
}

/** The shift-based schedule of an id. */
export function shiftScheduleObject(world: World, id: string): object | undefined {
  return makeSchedules(world, "schedule_v3").find((schedule) => schedule.id === id);
}
