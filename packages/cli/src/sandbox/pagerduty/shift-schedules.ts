import { kindKey } from "../account-data.ts";
import { shortId } from "../ids.ts";
import type { World } from "../world.ts";
import { formatUtc, type TimeFormat } from "../zoned-time.ts";
import type { Schedule } from "./directory.ts";
import { changed } from "./edits.ts";
import { policiesCalling } from "./policy-levels.ts";
import type { Rendering } from "./schedules.ts";
import { turnsWithin } from "./turns.ts";

/** What `include[]` may name for one shift-based schedule. */
export const shiftScheduleIncludes = ["final_schedule"] as const;

/** A shift-based schedule as its list tells it: a reference, and no more. */
export function shiftScheduleReference(
  world: World,
  schedule: Schedule,
): Readonly<Record<string, unknown>> {
  const { name, self, html_url } = shiftScheduleObject(world, schedule);
  const { id, type } = schedule.reference;
  return { id, type, summary: name, self, html_url };
}

/** A shift-based schedule by its id; who is in it is told by ids alone. */
export function shiftScheduleObject(
  world: World,
  schedule: Schedule,
): Readonly<Record<string, unknown>> {
  const { key } = world.account;
  const { id, summary, self, html_url } = schedule.reference;
  const { description, timeZone, turnSeconds, startsAt, index, team } = schedule;
  const ends = startsAt + turnSeconds;
  const at = (seconds: number): object => ({ date_time: formatUtc(seconds), time_zone: timeZone });
  return changed(world, {
    id,
    type: "schedule_v3",
    name: summary,
    time_zone: timeZone,
    // Not null where there is none, but left out.
    ...(description === null ? {} : { description }),
    teams: team === undefined ? [] : [team],
    escalation_policies: policiesCalling(world, schedule),
    rotations: [
      {
        id: shortId(kindKey(key, "schedule rotation"), index),
        type: "schedule_rotation",
        events: [
          {
            id: shortId(kindKey(key, "schedule event"), index),
            type: "schedule_event",
            name: "Event 1",
            start_time: at(startsAt),
            end_time: at(ends),
            effective_since: formatUtc(startsAt),
            effective_until: null,
            recurrence: ["RRULE:FREQ=DAILY"],
            assignment_strategy: {
              type: "rotating_member_assignment_strategy",
              shifts_per_member: 1,
              members: [
                ...schedule.users.map(({ reference }) => ({
                  type: "user_member",
                  user_id: reference.id,
                })),
                ...(index % 2 === 0 ? [{ type: "empty_member" }] : []),
              ],
            },
          },
        ],
      },
    ],
    http_cal_url: `${html_url}.ics?token=calendar-secret-${id}`,
    web_cal_url: `webcal://calendar.example.com/${id}?token=calendar-secret-${id}`,
    self,
    html_url,
  });
}

/** Who is on call, shift by shift. */
export function finalSchedule(
  schedule: Schedule,
  rendering: Rendering | undefined,
  format: TimeFormat = formatUtc,
): object {
  const turns =
    rendering === undefined ? [] : turnsWithin(schedule, rendering.from, rendering.to - 1);
  return {
    type: "final_schedule",
    rendered_coverage_percentage: rendering === undefined ? 0 : 100,
    computed_shift_assignments: turns.map(({ person, start, end }) => ({
      type: "computed_shift_assignment",
      start_time: format(start),
      end_time: format(end),
      member: { type: "user_member", user_id: person.reference.id },
      source: { type: "schedule_rotation" },
    })),
  };
}
