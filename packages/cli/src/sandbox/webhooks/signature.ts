import { createHmac } from "node:crypto";

/**
 * The value of `X-PagerDuty-Signature`: `v1=` and the HMAC-SHA256 of the raw body in lower-case
 * hexadecimal, once for each secret (PagerDuty's guide to webhook signatures). A secret is used as the
 * text that it is.
 */
export function webhookSignature(body: string, secrets: readonly string[]): string {
  return secrets
    .map((secret) => `v1=${createHmac("sha256", secret).update(body, "utf8").digest("hex")}`)
    .join(",");
}
