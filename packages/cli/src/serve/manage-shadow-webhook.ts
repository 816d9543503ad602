import {
  type Clock,
  keepShadowSubscription,
  limitToSubscriptions,
  readGiven,
  listWebhookUrls,
  type WebhookState,
} from "@pagerport/core";
import { nameProcess } from "../run-lock.ts";
import type { Log } from "../ui/log.ts";
import type { ServeSettings } from "./load-serve-settings.ts";
import type { OpenedServer } from "./open-server.ts";

export interface ManageShadowWebhookOptions extends Pick<OpenedServer, "opened" | "configured"> {
  readonly settings: ServeSettings;
  readonly clock: Clock;
  /** Told of how it stands. */
  readonly onState: (state: WebhookState) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Looks after the subscription of a shadow, until the signal is aborted: one of its own where it is given a token
 * for that and an address, which it deletes at its end; else none.
 */
export async function manageShadowWebhook(options: ManageShadowWebhookOptions): Promise<void> {
  const { opened, configured, settings, clock, onState, log, signal } = options;
  const { webhookKey } = settings.run;
  const { baseUrl, pathPrefix } = settings.server;
  const isByHand = readGiven(configured).length > 0;
  if (webhookKey === undefined || baseUrl === undefined || isByHand) {
    log.info(
      isByHand
        ? "The shadow makes no webhook subscription: events come by one that is looked after by hand"
        : "The shadow makes no webhook subscription and lives on its hourly runs: events need PD_WEBHOOK_TOKEN and PAGERPORT_BASE_URL",
    );
    onState({ state: isByHand ? "by-hand" : "no-url", reason: undefined });
    return;
  }
  const [url] = listWebhookUrls({ baseUrl, pathPrefix });
  await keepShadowSubscription({
    api: limitToSubscriptions(opened.subscriptions),
    sql: opened.store.sql,
    clock,
    owner: nameProcess(),
    url,
    signal,
    onNotice: (message) => log.info(message),
    onTrouble: (message) => log.warn(message),
    onState: (isReady) => onState({ state: isReady ? "ready" : "failed", reason: undefined }),
  });
}
