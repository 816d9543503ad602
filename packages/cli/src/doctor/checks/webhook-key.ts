import { exitCodes } from "../../context.ts";
import type { Examination } from "../examination.ts";
import { type Check, failed, ok, skipped } from "../finding.ts";
import { whyNot } from "./host.ts";

/** Whether the key for webhook subscriptions is of the same account, and may manage them. */
export function checkWebhookKey({ pagerDuty, webhookKey, mayWriteWebhooks }: Examination): Check {
  return {
    name: "webhook key",
    run: async (signal) => {
      if (webhookKey === undefined) {
        return skipped("no PD_WEBHOOK_TOKEN: PD_TOKEN is for webhook subscriptions too");
      }
      const reason = await whyNot(pagerDuty, signal);
      if (reason !== undefined) return reason;
      // Its first request compares whose account it is of.
      if (await mayWriteWebhooks(signal)) return ok("of the same account; may manage webhooks");
      return failed(
        "PD_WEBHOOK_TOKEN may not manage webhook subscriptions",
        "It must not be read-only, and whoever made it must be an admin or the owner.",
        exitCodes.authentication,
      );
    },
  };
}
