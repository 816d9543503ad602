import { loadSetting, requireSetting, type SettingSources } from "./load-settings.ts";

/** What makes a resync begin besides its schedule. */
export type EventListenerSettings =
  | {
      /** Port is asked whether it wants a resync. */
      readonly type: "POLLING";
      /** Seconds between two questions. */
      readonly interval: number;
      readonly resyncOnStart: boolean;
    }
  /** One resync, and the process ends. */
  | { readonly type: "ONCE" }
  /** Only webhooks, no resync at all. */
  | { readonly type: "WEBHOOKS_ONLY" };

export interface LoadedEventListener {
  readonly listener: EventListenerSettings;
  /** What is done in the place of what was asked for, for a log. */
  readonly warning: string | undefined;
}

/**
 * Reads what makes a resync begin. Two of Ocean's ways need what only its own container has, a Kafka
 * account or an open `/resync`: Port is polled instead.
 *
 * @throws {ConfigError}
 */
export function loadEventListener(sources: SettingSources): LoadedEventListener {
  const type = requireSetting("eventListener", sources);
  if (type === "ONCE" || type === "WEBHOOKS_ONLY") {
    return { listener: { type }, warning: undefined };
  }
  return {
    listener: {
      type: "POLLING",
      interval: requireSetting("pollInterval", sources),
      resyncOnStart: loadSetting("resyncOnStart", sources) ?? true,
    },
    warning:
      type === "POLLING"
        ? undefined
        : `The event listener ${type} is not one of ours: Port is polled instead (POLLING)`,
  };
}
