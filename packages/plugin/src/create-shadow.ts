import type { LoggerService } from "@backstage/backend-plugin-api";
import {
  type Clock,
  createShadowService,
  describeShadowReport,
  keepShadowSubscription,
  limitToSubscriptions,
  listShadowLines,
  type PagerDutyClient,
  type PagerDutyWriter,
  type ShadowReport,
  type ShadowService,
  type Store,
  summariseShadowReport,
  type SyncServiceOptions,
} from "@pagerport/core";

/** Makes a service that only looks, and tells what it sees in the portal's log. */
export function createLoggedShadow(
  options: SyncServiceOptions,
  logger: LoggerService,
): ShadowService {
  return createShadowService({
    ...options,
    onLook: ({ type, milliseconds }) =>
      logger.info(`The ${type} reading was compared with Port, in ${Math.round(milliseconds)} ms`),
    onReport(report, isLast) {
      for (const line of describeReport(report, isLast)) logger.info(line);
      // There is a database, and no folder to write to.
      for (const line of listShadowLines(report)) logger.info(JSON.stringify(line));
    },
  });
}

function describeReport(report: ShadowReport, isLast: boolean): string[] {
  return isLast ? describeShadowReport(report) : [summariseShadowReport(report)];
}

export interface WatchShadowWebhookOptions {
  /** What manages webhook subscriptions with a key of its own; undefined = there is to be none. */
  readonly api: (PagerDutyClient & PagerDutyWriter) | undefined;
  readonly clock: Clock;
  /** Public address of the webhook. */
  readonly url: string | undefined;
  readonly sql: Store["sql"];
  readonly owner: string;
  readonly logger: LoggerService;
  readonly signal: AbortSignal;
}

/** Looks after the shadow's own webhook subscription, where it may have one. */
export async function watchShadowWebhook(options: WatchShadowWebhookOptions): Promise<void> {
  const { api, clock, url, sql, owner, logger, signal } = options;
  if (api === undefined || url === undefined) {
    logger.info(
      "The shadow makes no webhook subscription: that needs pagerport.pagerduty.webhookToken and pagerport.webhook.publicUrl",
    );
    return;
  }
  await keepShadowSubscription({
    api: limitToSubscriptions(api),
    sql,
    clock,
    owner,
    url,
    signal,
    onNotice: (message) => logger.info(message),
    onTrouble: (message) => logger.warn(message),
  });
}
