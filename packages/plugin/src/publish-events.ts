import type { LoggerService } from "@backstage/backend-plugin-api";
import type { EventsService } from "@backstage/plugin-events-node";
import { describeError, type InboxWriter, type ReceivedEvent } from "@pagerport/core";

/** What other plugins subscribe to; each event also goes to `pagerduty.<type of event>`. */
const eventsTopic = "pagerduty";

/** An inbox whose events other plugins hear of, and how to wait for what is on its way to them. */
export interface PublishingInbox extends InboxWriter {
  /** Resolves when everything that was added has been published. */
  settle(): Promise<void>;
}

/**
 * Publishes every event on Backstage's events service as soon as it is in the inbox for the first time.
 * Whoever sent it does not wait for that.
 */
export function createPublishingInbox(
  inbox: InboxWriter,
  events: EventsService,
  logger: LoggerService,
): PublishingInbox {
  const publishing = new Set<Promise<void>>();

  async function publish(event: ReceivedEvent): Promise<void> {
    const { type, payload } = event;
    try {
      const eventPayload: unknown = JSON.parse(new TextDecoder().decode(payload));
      const metadata = { "x-pagerduty-event-type": type };
      await events.publish({ topic: eventsTopic, eventPayload, metadata });
      await events.publish({ topic: `${eventsTopic}.${type}`, eventPayload, metadata });
    } catch (error) {
      logger.warn(`Event ${event.id} (${type}) was not published: ${describeError(error)}`);
    }
  }

  return {
    get waiting() {
      return inbox.waiting;
    },
    async add(event) {
      const isNew = await inbox.add(event);
      if (isNew && isReadable(event)) {
        const published = publish(event).finally(() => publishing.delete(published));
        publishing.add(published);
      }
      return isNew;
    },
    settle: async () => void (await Promise.all(publishing)),
  };
}

/** What could not be read as an event is in the inbox for a person, and nothing for other plugins. */
function isReadable({ state, key }: ReceivedEvent): boolean {
  return state !== "dead" || key !== undefined;
}
