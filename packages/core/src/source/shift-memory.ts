import type { IdentifiedObject } from "./objects.ts";

/** A shift-based schedule that was read by its id. */
export interface KeptShiftSchedule {
  /** What was asked of it, see `ListingPlan.shifts`: what another question gave does not do. */
  readonly asked: string;
  /** What its list called it then: where that differs, it has changed. */
  readonly summary: string;
  /** Milliseconds since 1970. */
  readonly readAt: number;
  /** In the shape of mappings, without PagerDuty's calendar addresses. */
  readonly schedule: IdentifiedObject;
}

/** What earlier runs know of shift-based schedules. */
export interface ShiftMemory {
  /** All of them. */
  list(): Promise<readonly KeptShiftSchedule[]>;
  /** Keeps some in place of what was known of them. */
  keep(schedules: readonly KeptShiftSchedule[]): Promise<void>;
  /** Forgets those of some ids. */
  forget(ids: readonly string[]): Promise<void>;
  /** Notes that their list is refused. @returns whether that is new */
  noteRefusal(): Promise<boolean>;
}

/** A memory for one process. */
export function createShiftMemory(): ShiftMemory {
  const kept = new Map<string, KeptShiftSchedule>();
  let isRefused = false;
  return {
    list: () => Promise.resolve([...kept.values()]),
    keep(schedules) {
      for (const one of schedules) kept.set(JSON.stringify([one.schedule.id, one.asked]), one);
      return Promise.resolve();
    },
    forget(ids) {
      for (const [key, { schedule }] of kept) if (ids.includes(schedule.id)) kept.delete(key);
      return Promise.resolve();
    },
    noteRefusal() {
      const isNew = !isRefused;
      isRefused = true;
      return Promise.resolve(isNew);
    },
  };
}
