import { createHmac } from "node:crypto";

/**
 * Signs a body as PagerDuty signs its webhooks: `v1=` and the HMAC-SHA256 of the bytes in lower-case
 * hex; the key is the secret's text as it stands.
 * {@link https://developer.pagerduty.com/docs/verifying-webhook-signatures}
 *
 * @param secrets one, or while secrets are being exchanged several: a value for each
 * @returns the header `x-pagerduty-signature`
 *
 * @example
 * ```ts
 * const body = JSON.stringify({ event: { id: "01F", event_type: "pagey.ping", data: {} } });
 * const headers = {
 *   "content-type": "application/json",
 *   "x-pagerduty-signature": signWebhook(body, "the secret"),
 * };
 * await fetch("http://localhost:8000/webhook", { method: "POST", headers, body });
 * ```
 */
export function signWebhook(
  body: string | Uint8Array,
  secrets: string | readonly string[],
): string {
  return (typeof secrets === "string" ? [secrets] : secrets)
    .map((secret) => `v1=${createDigest(body, secret).toString("hex")}`)
    .join(",");
}

/** The 32 bytes that a secret makes of a body. */
export function createDigest(body: string | Uint8Array, secret: string): Buffer {
  return createHmac("sha256", secret).update(body).digest();
}
