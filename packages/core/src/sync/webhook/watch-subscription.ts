import type { Clock } from "../../clock.ts";
import { pingSubscription } from "../../webhook/subscriptions.ts";
import { ensureSubscription, type EnsureSubscriptionOptions } from "./ensure-subscription.ts";
import type { SubscriptionReport } from "./subscription-report.ts";
import { closeGap, readLastOf } from "./webhook-gap.ts";

/** Milliseconds between two looks at the subscription. */
export const watchPeriod = 10 * 60_000;
/** The same where PagerDuty or the store did not answer. */
export const retryPeriod = 60_000;
/** Milliseconds between looks into the store whether the first event of a new one has come. */
const proofPeriod = 5000;

export interface WatchSubscriptionOptions extends Omit<EnsureSubscriptionOptions, "isStart"> {
  readonly signal: AbortSignal;
  /** Whether the token is another account's at the moment: nothing is looked at then. @default never */
  readonly isHeld?: (() => boolean) | undefined;
  /** Told after each look. */
  readonly onReport: (report: SubscriptionReport) => void;
  /**
   * Makes good what may have been missed since a moment (0 = all); where it fails, it is asked again at the
   * next look. One goes on at a time.
   */
  readonly onGap: (since: number) => Promise<void>;
}

/**
 * Looks after the subscription, at once and every ten minutes, until the signal is aborted. At the start,
 * and after anything was put right, tells from when events may have been missed.
 */
export async function watchSubscription(options: WatchSubscriptionOptions): Promise<void> {
  const { clock, signal, onReport } = options;
  const gap = createGapFiller(options);
  let isStart = true;
  while (!signal.aborted) {
    try {
      if (options.isHeld?.() === true) {
        await clock.sleep(retryPeriod, signal);
        continue;
      }
      const report = await ensureSubscription({ ...options, isStart });
      onReport(report);
      gap.add(report.missedSince);
      // After a look at which not all was right, the next one has to tell what was missed meanwhile.
      isStart = report.state !== "ready" && report.state !== "by-hand";
      await pingNew(options, report);
      await pause(clock, report, options);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
  await gap.ended();
}

/** Has the events of a new one begin at once: its first shows that the address leads here. */
async function pingNew(
  { api, signal }: WatchSubscriptionOptions,
  { id, repaired, replacing }: SubscriptionReport,
): Promise<void> {
  const isNew = repaired.includes("created") || repaired.includes("replaced");
  if (id === undefined || !(isNew || replacing.length > 0)) return;
  try {
    await pingSubscription(api, id, signal);
  } catch {
    // The first event that is none of a test does as well.
  }
}

/** Until the next look; until the first event has come, where that decides what is deleted. */
async function pause(
  clock: Clock,
  { state, id, replacing }: SubscriptionReport,
  { sql, signal }: WatchSubscriptionOptions,
): Promise<void> {
  const period = state === "failed" ? retryPeriod : watchPeriod;
  if (id === undefined || replacing.length === 0) return clock.sleep(period, signal);
  for (let waited = 0; waited < period; waited += proofPeriod) {
    await clock.sleep(proofPeriod, signal);
    if (await hasCome(sql, id)) return undefined;
  }
  return undefined;
}

async function hasCome(sql: EnsureSubscriptionOptions["sql"], id: string): Promise<boolean> {
  try {
    return (await readLastOf(sql, [id])) !== undefined;
  } catch {
    return false;
  }
}

interface GapFiller {
  /** Makes good all since a moment, as soon as what goes on has ended; undefined = what has failed so far. */
  add(since: number | undefined): void;
  /** Resolves when what goes on has ended. */
  ended(): Promise<void>;
}

function createGapFiller({ sql, signal, onGap }: WatchSubscriptionOptions): GapFiller {
  let open: { readonly since: number } | undefined;
  let running: Promise<void> | undefined;

  async function fill(): Promise<void> {
    for (let failed = false; open !== undefined && !failed && !signal.aborted;) {
      const filled = open;
      try {
        await onGap(filled.since);
        // Something else may have been missed while this was made good.
        if (open === filled) {
          open = undefined;
          await closeGap(sql, filled.since);
        }
      } catch {
        failed = true;
      }
    }
    running = undefined;
  }

  return {
    add(since) {
      if (since !== undefined) open = { since: Math.min(since, open?.since ?? since) };
      if (open !== undefined) running ??= fill();
    },
    ended: async () => running,
  };
}
