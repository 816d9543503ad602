import type { Clock, WebhookReceipt } from "@pagerport/core";
import type { Log } from "../ui/log.ts";

/**
 * Refused ones in a row after which something is probably set wrong: after as many PagerDuty disables a
 * subscription.
 *
 * @see https://support.pagerduty.com/main/docs/webhooks
 */
export const mostInRow = 3;
/** Milliseconds until it is told again, where it goes on. */
export const tellAgainAfter = 3_600_000;

export interface WatchSignaturesOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** Whether the settings give a secret; otherwise all that are known are the store's. */
  readonly hasConfigured: boolean;
}

/**
 * Tells when one webhook after another is signed, but with none of the known secrets, and which setting to
 * look at. Anybody can send such: that one of PagerDuty's is right between them shows that all is well.
 */
export function watchSignatures(
  options: WatchSignaturesOptions,
): (receipt: WebhookReceipt) => void {
  const { log, clock, hasConfigured } = options;
  let inRow = 0;
  let toldAt: number | undefined;
  return ({ signature }) => {
    if (signature === "matched") {
      if (toldAt !== undefined) log.info("Webhooks are signed with a known secret again");
      inRow = 0;
      toldAt = undefined;
    }
    if (signature !== "wrong") return;
    inRow += 1;
    if (inRow < mostInRow) return;
    if (toldAt !== undefined && clock.now() - toldAt < tellAgainAfter) return;
    toldAt = clock.now();
    log.error(
      `Webhooks come that are signed with none of the known secrets. If they are PagerDuty's, ${hasConfigured ? wrongSetting : wrongStore}. PagerDuty drops such events, and disables the subscription for a day`,
      { count: inRow, setting: hasConfigured ? "PD_WEBHOOK_SECRET" : "PAGERPORT_STATE_DIR" },
    );
  };
}

const wrongSetting =
  "PD_WEBHOOK_SECRET is not the secret of their subscription; it may name several, with commas between them";
const wrongStore =
  "the store does not hold the secret of their subscription: set PAGERPORT_STATE_DIR or PAGERPORT_DATABASE_URL to where it was made, or PD_WEBHOOK_SECRET to that secret";
