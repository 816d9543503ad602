import type { Clock } from "../../clock.ts";
import { listEvents } from "../../store/inbox-events.ts";
import { readSecrets, webhookPurpose } from "../../store/secrets.ts";
import type { Sql } from "../../store/sql.ts";
import { pingType } from "../../webhook/event-types.ts";
import { pingSubscription, type SubscriptionsApi } from "../../webhook/subscriptions.ts";

/** Milliseconds between looks into the inbox. */
const lookPeriod = 100;
/** Pings that are looked at: others may come at the same time. */
const mostPings = 100;

export interface TestSubscriptionOptions {
  readonly api: SubscriptionsApi;
  /** Of the subscription. */
  readonly id: string;
  /** Of the server that is to get the ping. */
  readonly sql: Sql;
  readonly clock: Clock;
  /** Milliseconds to wait for it. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/** A ping that arrived. */
export interface ArrivedPing {
  readonly eventId: string;
  /** From the request until it was seen in the inbox. */
  readonly milliseconds: number;
}

/**
 * Has PagerDuty send a test event and waits until it is in the inbox.
 *
 * @returns undefined where it has not come in time
 */
export async function testSubscription(
  options: TestSubscriptionOptions,
): Promise<ArrivedPing | undefined> {
  const { api, id, sql, clock, timeout, signal } = options;
  const isKept = (await readSecrets(sql, webhookPurpose)).has(id);
  const listPings = async (): Promise<string[]> => {
    const pings = await listEvents(sql, { type: pingType, limit: mostPings });
    // One that was signed with another's secret is another's. A configured secret may be anybody's.
    return pings.filter(({ signedBy }) => !isKept || signedBy === id).map((ping) => ping.id);
  };
  const before = new Set(await listPings());
  const startedAt = clock.now();
  await pingSubscription(api, id, signal);
  for (;;) {
    const eventId = (await listPings()).find((one) => !before.has(one));
    const milliseconds = clock.now() - startedAt;
    if (eventId !== undefined) return { eventId, milliseconds };
    if (milliseconds >= timeout) return undefined;
    await clock.sleep(Math.min(lookPeriod, timeout - milliseconds), signal);
  }
}
