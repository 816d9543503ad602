import { timingSafeEqual } from "node:crypto";
import { createDigest } from "./sign-webhook.ts";

/** A secret that a subscription signs with. */
export interface WebhookSecret {
  /** The subscription's id, or the setting that it was given in. */
  readonly name: string;
  readonly value: string;
}

/** A value of the one version there is, as PagerDuty writes it: lower-case hex. */
const version1 = /^v1=([0-9a-f]{64})$/;

/**
 * The digests of a signature header: one, or several while secrets are being exchanged. Other versions
 * and what is not 64 hex digits are left out; spaces around values are no harm.
 */
export function parseSignature(header: string | null): Buffer[] {
  return (header ?? "").split(",").flatMap((value) => {
    const hex = version1.exec(value.trim())?.[1];
    return hex === undefined ? [] : [Buffer.from(hex, "hex")];
  });
}

/**
 * Which secret a body was signed with; undefined where none fits, or where there is no body. Every
 * digest is compared with every secret, however early one fits, and in constant time.
 *
 * @param body the bytes as they were received
 * @param digests of the header, by {@link parseSignature}
 */
export function findSigner(
  body: Uint8Array,
  digests: readonly Uint8Array[],
  secrets: readonly WebhookSecret[],
): WebhookSecret | undefined {
  if (body.length === 0 || digests.length === 0) return undefined;
  let signer: WebhookSecret | undefined;
  for (const secret of secrets) {
    // Anybody can sign with nothing.
    if (secret.value === "") continue;
    const expected = createDigest(body, secret.value);
    let matches = 0;
    for (const digest of digests) matches += timingSafeEqual(expected, digest) ? 1 : 0;
    if (matches > 0) signer = secret;
  }
  return signer;
}

/**
 * Whether a body was signed with one of some secrets, see {@link findSigner}.
 *
 * @param header `x-pagerduty-signature`
 */
export function verifySignature(
  body: Uint8Array,
  header: string | null,
  secrets: readonly string[],
): boolean {
  const named = secrets.map((value) => ({ name: "", value }));
  return findSigner(body, parseSignature(header), named) !== undefined;
}
