import type { SchedulerServiceTaskScheduleDefinition } from "@backstage/backend-plugin-api";

const day = 86_400_000;

/** Milliseconds; of months and years it only matters that they are long. */
const units: Readonly<Record<string, number>> = {
  milliseconds: 1,
  seconds: 1000,
  minutes: 60_000,
  hours: 3_600_000,
  days: day,
  weeks: 7 * day,
  months: 30 * day,
  years: 365 * day,
};

/**
 * Milliseconds from one of a task's turns to the next: 0 where people begin it, undefined where a calendar
 * (`cron`) does, whose turns are a minute apart at least.
 */
export function readInterval(
  frequency: SchedulerServiceTaskScheduleDefinition["frequency"],
): number | undefined {
  if ("trigger" in frequency) return 0;
  const parts = Object.entries(frequency).map(
    ([unit, count]) => (units[unit] ?? 0) * Number(count),
  );
  const sum = parts.reduce((total, part) => total + part, 0);
  return sum > 0 ? sum : undefined;
}
