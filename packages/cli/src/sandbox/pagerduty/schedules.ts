import { kindKey } from "../account-data.ts";
import { shortId } from "../ids.ts";
import type { World } from "../world.ts";
import { formatIn } from "../zoned-time.ts";
import type { Schedule } from "./directory.ts";
import { policiesCalling } from "./policy-levels.ts";
import { turnsWithin } from "./turns.ts";

/** What `include[]` may name for schedules. */
export const scheduleIncludes = [
  "schedule_layers",
  "final_schedule",
  "overrides_subschedule",
] as const;

/** Which part of a schedule's time is rendered, in seconds since 1970. */
export interface Rendering {
  readonly from: number;
  readonly to: number;
  /** Whether turns are given whole that begin before or end after. */
  readonly overflow: boolean;
}

/** A schedule as the list gives it. */
export function scheduleObject(
  world: World,
  schedule: Schedule,
  timeZone = schedule.timeZone,
): Readonly<Record<string, unknown>> {
  const { id, summary, self, html_url } = schedule.reference;
  return {
    id,
    type: "schedule",
    summary,
    self,
    html_url,
    name: summary,
    time_zone: timeZone,
    description: schedule.description,
    escalation_policies: policiesCalling(world, schedule),
    users: [...new Set(schedule.users)].map((person) => world.directory.refer(person)),
    teams: schedule.team === undefined ? [] : [schedule.team],
  };
}

/** A schedule with the layers that were asked for; entries only where a time was. */
export function expandSchedule(
  world: World,
  schedule: Schedule,
  options: {
    readonly includes: ReadonlySet<string>;
    readonly rendering: Rendering | undefined;
    readonly timeZone: string | undefined;
  },
): Readonly<Record<string, unknown>> {
  const { includes, rendering, timeZone = schedule.timeZone } = options;
  const format = formatIn(timeZone);
  const entries = rendering === undefined ? [] : entriesOf(world, schedule, rendering, timeZone);
  const rendered = {
    rendered_schedule_entries: entries,
    rendered_coverage_percentage: rendering === undefined ? null : 100,
  };
  const changes: Record<string, unknown> = {};
  if (includes.has("schedule_layers")) {
    changes["schedule_layers"] = [
      {
        id: shortId(kindKey(world.account.key, "schedule layer"), schedule.index),
        name: "Layer 1",
        start: format(schedule.startsAt),
        end: null,
        rotation_virtual_start: format(schedule.startsAt),
        rotation_turn_length_seconds: schedule.turnSeconds,
        users: schedule.users.map((person) => ({ user: world.directory.refer(person) })),
        restrictions: [],
        ...rendered,
      },
    ];
  }
  if (includes.has("final_schedule")) {
    changes["final_schedule"] = { name: "Final Schedule", ...rendered };
  }
  if (includes.has("overrides_subschedule")) {
    changes["overrides_subschedule"] = {
      name: "Overrides",
      rendered_schedule_entries: [],
      rendered_coverage_percentage: rendering === undefined ? null : 0,
    };
  }
  return { ...scheduleObject(world, schedule, timeZone), ...changes };
}

function entriesOf(
  world: World,
  schedule: Schedule,
  { from, to, overflow }: Rendering,
  timeZone: string,
): object[] {
  const format = formatIn(timeZone);
  return turnsWithin(schedule, from, to - 1).map(({ person, start, end }) => ({
    start: format(overflow ? start : Math.max(start, from)),
    end: format(overflow ? end : Math.min(end, to)),
    user: world.directory.refer(person),
  }));
}
