import type { Sandbox } from "@pagerport/cli/sandbox";
import { signWebhook } from "@pagerport/core/testing";
import { testClock } from "../../packages/core/src/testing/test-clock.ts";

/** Milliseconds until an event is sent again that nobody has taken. */
const resendAfter = 5;

/** Changes incidents and tells servers of each change, as fast as they answer. */
export interface EventSender {
  /** Where events go, one after another; whoever is down is left out by whoever starts and kills them. */
  readonly targets: string[];
  /** Ids of events that got a 2xx. */
  readonly acknowledged: ReadonlySet<string>;
  /** Requests, and those of them that got another answer, or none. */
  readonly counts: { sent: number; unanswered: number; refused: number };
  /** Resolves when so many more are acknowledged. */
  acknowledge(count: number): Promise<void>;
  /** Resolves when what has begun is acknowledged. */
  stop(): Promise<void>;
}

export interface SendEventsOptions {
  readonly sandbox: Sandbox;
  readonly secret: string;
  /** Events that are on their way at a time. */
  readonly connections: number;
  /** The most events that begin in a second. @default as many as are answered */
  readonly perSecond?: number;
}

/**
 * Begins to send. An event that is not acknowledged is sent again until it is, as PagerDuty does; where
 * its answer was lost it may be known by then.
 */
export function sendEvents({
  sandbox,
  secret,
  connections,
  perSecond = Infinity,
}: SendEventsOptions): EventSender {
  const startedAt = testClock.now();
  const incidents = [...sandbox.pagerduty.allIncidents()].map(({ id }) => id);
  const targets: string[] = [];
  const acknowledged = new Set<string>();
  const counts = { sent: 0, unanswered: 0, refused: 0 };
  let isStopped = false;
  let number = 0;

  async function post(body: string): Promise<boolean> {
    const target = targets[counts.sent % targets.length];
    if (target === undefined) return false;
    counts.sent += 1;
    const headers = {
      "content-type": "application/json",
      "x-pagerduty-signature": signWebhook(body, secret),
    };
    try {
      const response = await fetch(`${target}/webhook`, { method: "POST", headers, body });
      await response.arrayBuffer();
      if (!response.ok) counts.refused += 1;
      return response.ok;
    } catch {
      counts.unanswered += 1;
      return false;
    }
  }

  async function work(): Promise<void> {
    while (!isStopped) {
      number += 1;
      const own = number;
      const early = startedAt + (own * 1000) / perSecond - testClock.now();
      if (early > 0) await Bun.sleep(early);
      const eventId = `event-${own}`;
      const id = incidents[own % incidents.length] ?? "";
      sandbox.pagerduty.changeObject(id, { title: `Change ${own}` });
      const data = { id, type: "incident" };
      const body = JSON.stringify({
        event: { id: eventId, event_type: "incident.priority_updated", data },
      });
      while (!(await post(body))) await Bun.sleep(resendAfter);
      acknowledged.add(eventId);
    }
  }

  const working = Promise.all(Array.from({ length: connections }, work));
  return {
    targets,
    acknowledged,
    counts,
    async acknowledge(count) {
      const wanted = acknowledged.size + count;
      while (acknowledged.size < wanted) await Bun.sleep(resendAfter);
    },
    async stop() {
      isStopped = true;
      await working;
    },
  };
}
