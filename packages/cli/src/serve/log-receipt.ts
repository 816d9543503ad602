import type { Clock, WebhookReceipt } from "@pagerport/core";
import { formatCount } from "../ui/format.ts";
import type { Log } from "../ui/log.ts";
import { throttleLines } from "./throttle-lines.ts";

type Fields = Parameters<Log["info"]>[1];

/** Tells of webhooks: what will be processed tells of itself when it has been. */
export function logReceipt(log: Log, clock: Clock): (receipt: WebhookReceipt) => void {
  const refused = throttleLines<Fields>({
    clock,
    tellOne: (fields) => log.warn("Webhook refused", fields),
    tellRest: (count, last) =>
      log.warn(`Webhooks refused: ${formatCount(count)} more`, { ...last, count }),
  });
  const unavailable = throttleLines<Fields>({
    clock,
    tellOne: (fields) => log.error("Webhook could not be kept; PagerDuty sends it again", fields),
    tellRest: (count, last) =>
      log.error(`Webhooks could not be kept: ${formatCount(count)} more`, { ...last, count }),
  });
  const busy = throttleLines<Fields>({
    clock,
    tellOne: (fields) => log.warn("Webhook not read: others left no room", fields),
    tellRest: (count, last) =>
      log.warn(`Webhooks not read: ${formatCount(count)} more`, { ...last, count }),
  });
  return ({ outcome, reason, status, eventId, eventType, key, signedBy, milliseconds }) => {
    const fields = {
      event: eventId,
      type: eventType,
      key,
      outcome,
      status,
      signedBy,
      reason,
      ms: Math.round(milliseconds),
    };
    if (outcome === "accepted" || outcome === "known") log.debug("Webhook received", fields);
    else if (outcome === "ignored") log.info("Webhook ignored", fields);
    else if (outcome === "refused") refused(fields);
    else if (outcome === "dead") log.error("Webhook kept as a dead letter", fields);
    else if (outcome === "busy") busy(fields);
    else unavailable(fields);
  };
}
