import {
  type Clock,
  ConfigError,
  describeSubscription,
  type GivenSecrets,
  type Store,
  type SubscriptionReport,
  type SubscriptionsApi,
  type SyncService,
  watchSubscription,
  type WebhookState,
} from "@pagerport/core";
import type { Log } from "../ui/log.ts";

export interface ManageWebhookOptions {
  readonly api: SubscriptionsApi;
  readonly store: Store;
  readonly clock: Clock;
  /** Who looks, for others who wait: host and process. */
  readonly owner: string;
  /** Secrets that the settings give. */
  readonly configured: GivenSecrets;
  /** Public address, without a slash at the end; undefined where there is none. */
  readonly baseUrl: string | undefined;
  /** Follows it. */
  readonly pathPrefix: string;
  /** Whether a server that PagerDuty sends nothing to is of no use (`--require-webhook`). */
  readonly isRequired: boolean;
  readonly service: Pick<SyncService, "coverGap" | "areHostsForeign">;
  /** Told of how it stands, after every look. */
  readonly onState: (state: WebhookState) => void;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Looks after the subscription by which PagerDuty sends its events here, until the signal is aborted. What
 * it cannot do is told, and the server goes on without: resyncs need no webhook.
 *
 * @throws {ConfigError} {@link HttpError} when webhooks are required and PagerDuty will not send any
 */
export async function manageWebhook(options: ManageWebhookOptions): Promise<void> {
  const { store, isRequired, service, onState, log, signal } = options;
  const fatal = Promise.withResolvers<never>();
  const tell = createTeller(log);
  const onReport = (report: SubscriptionReport): void => {
    onState({ state: report.state, reason: report.error?.message });
    tell(report);
    if (isRequired && isHopeless(report)) fatal.reject(explain(report));
  };
  const watching = watchSubscription({
    ...options,
    sql: store.sql,
    signal,
    onReport,
    isHeld: () => service.areHostsForeign(),
    onGap: (since) => service.coverGap(since),
  });
  await Promise.race([watching, fatal.promise]);
}

/** What PagerDuty does not answer may be answered later; the others need a person. */
function isHopeless({ state }: SubscriptionReport): boolean {
  return state === "no-url" || state === "denied" || state === "refused";
}

function explain({ error }: SubscriptionReport): Error {
  return error ?? new ConfigError("No webhook can come", { setting: "--require-webhook" });
}

/** Tells what a look came to, where the last one came to something else. */
function createTeller(log: Log): (report: SubscriptionReport) => void {
  let told = "";
  return (report) => {
    const sentences = describeSubscription(report);
    const text = sentences.join("\n");
    const level = report.error === undefined ? "info" : "warn";
    if (text !== told) for (const sentence of sentences) log[level](sentence);
    told = text;
  };
}
