import type { RateLimit } from "./rate-window.ts";
import { RateWindow, type Turn } from "./rate-window.ts";
import type { World } from "./world.ts";

/** What is left of a day's requests to analytics. */
export interface DailyTurn {
  readonly limit: number;
  /** Goes below zero where requests go on. */
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** What the budgets said to one request to PagerDuty. */
export interface BudgetTurn extends Turn {
  readonly daily: DailyTurn | undefined;
}

const dayMs = 86_400_000;

/** Counts requests to PagerDuty: per credential, apart for some resources, and per day for analytics. */
export class RequestBudget {
  readonly #world: World;
  readonly #windows = new Map<string, RateWindow>();
  #day = Number.NaN;
  #usedToday = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Counts one request; undefined where nothing is limited. The figures are of the limit that is nearer. */
  take(bucket: string, resource: string): BudgetTurn | undefined {
    const { rate, oncallsRate, analyticsRate } = this.#world.behaviour;
    const own = { oncalls: oncallsRate, analytics: analyticsRate }[resource] ?? null;
    const turns = [this.#turn(bucket, rate), this.#turn(`${bucket} ${resource}`, own)];
    const [general, special] = turns;
    const daily = resource === "analytics" ? this.#today() : undefined;
    const nearer = nearerOf(general, special);
    if (nearer === undefined && daily === undefined) return undefined;
    const turn = nearer ?? unlimited;
    const allowed = turn.allowed && (daily === undefined || daily.remaining >= 0);
    return { ...turn, allowed, daily };
  }

  #turn(key: string, rate: RateLimit | null): Turn | undefined {
    if (rate === null) return undefined;
    const window = this.#windows.get(key) ?? new RateWindow(this.#world.startedAt);
    this.#windows.set(key, window);
    return window.take(this.#world.clock.traffic(), rate);
  }

  #today(): DailyTurn | undefined {
    const { analyticsQuota: limit } = this.#world.behaviour;
    if (limit === null) return undefined;
    const now = this.#world.clock.traffic();
    const day = Math.floor(now / dayMs);
    if (day !== this.#day) {
      this.#day = day;
      this.#usedToday = 0;
    }
    this.#usedToday++;
    const resetSeconds = Math.ceil(((day + 1) * dayMs - now) / 1000);
    return { limit, remaining: limit - this.#usedToday, resetSeconds };
  }
}

/** What a minute's headers say where only the day is limited: PagerDuty's own figure. */
const unlimited: Turn = { allowed: true, limit: 960, remaining: 959, resetMs: 60_000 };

function nearerOf(left: Turn | undefined, right: Turn | undefined): Turn | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  if (left.allowed !== right.allowed) return left.allowed ? right : left;
  return left.remaining <= right.remaining ? left : right;
}
