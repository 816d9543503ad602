import { ConfigError, systemClock } from "@pagerport/core";
import type { CatalogAccess } from "../catalog-access.ts";
import { hash } from "../random.ts";
import type { World } from "../world.ts";
import { type Happened, planDay } from "./plan-day.ts";

/** What a day is to be like. */
export interface DayOptions {
  /** @default 100 */
  readonly incidents?: number;
  /** Services that are created, renamed and partly deleted on that day. @default 3 */
  readonly services?: number;
  /** Changes of each incident after it was triggered. @default from three to nine */
  readonly changes?: number;
  /** How long it is; with 0 everything happens at once. @default 24 */
  readonly hours?: number;
  /** Seconds of the sandbox's clock in one second, or as fast as it can be. @default "asap" */
  readonly speed?: number | "asap";
  /** Another seed is another day. @default how many days were played before */
  readonly seed?: number;
  /** Ends the day early. */
  readonly signal?: AbortSignal;
}

/** What happened on a day. */
export interface DayReport {
  /** Ids in order of their creation. */
  readonly incidents: readonly string[];
  readonly services: readonly string[];
  /** Events by their type. */
  readonly events: Readonly<Record<string, number>>;
}

/** After so many steps whatever else there is to do gets its turn. */
const stepsOfTurn = 32;

/** More deliveries than these are not made to wait: then the day pauses until they are made. */
const mostQueued = 5000;

/**
 * Lets a day of incidents happen: its clock goes forward, the data changes step by step, and subscribers are
 * told. The same options give the same day.
 */
export async function playDay(
  world: World,
  pagerduty: CatalogAccess,
  options: DayOptions,
): Promise<DayReport> {
  const { clock, webhooks, account } = world;
  const { incidents = 100, services = 3, changes, hours = 24, speed = "asap", signal } = options;
  checkDay({ incidents, services, changes, hours, speed });
  const seed = options.seed ?? world.daysPlayed++;
  const eventsBefore = { ...webhooks.byType };
  const happened: Happened = { incidents: [], services: [] };
  const key = hash(account.key, seed, 701);
  const milliseconds = hours * 3_600_000;
  const plan = { pagerduty, key, incidents, services, changes, milliseconds };
  const begin = clock.now();
  for (const [number, { at, happen }] of planDay(plan, happened).entries()) {
    const until = (): number => Math.max(0, begin + at - clock.now());
    if (speed !== "asap") await pause(until() / speed, [signal, world.closing]);
    else if (number % stepsOfTurn === 0) await turn();
    if (signal?.aborted === true || world.closing.aborted) break;
    if (webhooks.deliveries.counts.queued > mostQueued) await webhooks.deliveries.lanes.settled();
    clock.skip(until());
    happen();
  }
  const events = Object.entries(webhooks.byType)
    .map(([type, count]) => [type, count - (eventsBefore[type] ?? 0)] as const)
    .filter(([, count]) => count > 0);
  return { ...happened, events: Object.fromEntries(events) };
}

function checkDay(numbers: Readonly<Record<string, number | string | undefined>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (value === undefined || value === "asap") continue;
    const isValid = typeof value === "number" && value >= 0 && Number.isFinite(value);
    if (isValid && (name !== "speed" || value > 0)) continue;
    throw new ConfigError(
      `Cannot play a day as '${name}' must be a number of at least 0: current value is ${value}`,
      { setting: name },
    );
  }
}

async function turn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}

async function pause(
  milliseconds: number,
  signals: readonly (AbortSignal | undefined)[],
): Promise<void> {
  const given = signals.filter((signal) => signal !== undefined);
  // Rejects only when the day is to end, and that is looked for behind it.
  await systemClock.sleep(milliseconds, AbortSignal.any(given)).catch(() => {});
}
