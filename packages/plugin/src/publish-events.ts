import type { LoggerService } from "@backstage/backend-plugin-api";
import type { EventsService } from "@backstage/plugin-events-node";
import type { Clock, InboxWriter, ProcessedEvent, PublishEvent } from "@pagerport/core";

/** What other plugins subscribe to; each event also goes to `pagerduty.<type of event>`. */
const eventsTopic = "pagerduty";

/** Milliseconds that subscribers may take for one event: they have it by then, and others wait. */
const longestDelivery = 10_000;

export interface EventPublisherOptions {
  readonly events: EventsService;
  readonly clock: Clock;
  readonly logger: Pick<LoggerService, "warn">;
}

/**
 * Makes the function that hands an event to Backstage's events service: to the topic of all, and to the
 * one of its type, as a `SubTopicEventRouter` names it. What says which event it is, and what became of
 * it, is beside the payload.
 */
export function createEventPublisher(options: EventPublisherOptions): PublishEvent {
  const { events, clock, logger } = options;

  async function send({ id, type, outcome, payload }: ProcessedEvent): Promise<void> {
    const eventPayload: unknown = JSON.parse(new TextDecoder().decode(payload));
    const metadata = {
      "x-pagerduty-event-id": id,
      "x-pagerduty-event-type": type,
      "x-pagerport-outcome": outcome,
    };
    await events.publish({ topic: eventsTopic, eventPayload, metadata });
    await events.publish({ topic: `${eventsTopic}.${type}`, eventPayload, metadata });
  }

  return async (event) => {
    const isOver = new AbortController();
    const sent = send(event).finally(() => isOver.abort());
    const overdue = clock.sleep(longestDelivery, isOver.signal).then(
      () => logger.warn(`Event ${event.id} (${event.type}) keeps its subscribers busy`),
      () => sent,
    );
    await Promise.race([sent, overdue]);
  };
}

/**
 * An inbox in which events wait that nothing in Port depends on, too: other plugins hear of what has been
 * seen to, and of what is done when it comes nobody would.
 */
export function createWholeInbox(inbox: InboxWriter): InboxWriter {
  return {
    get waiting() {
      return inbox.waiting;
    },
    add: (event) =>
      inbox.add(
        event.state === "done" ? { ...event, state: "waiting", key: `events/${event.id}` } : event,
      ),
  };
}
