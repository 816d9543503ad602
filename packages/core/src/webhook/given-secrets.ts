import type { WatchedSecret } from "../watch-secret.ts";
import type { WebhookSecret } from "./verify-signature.ts";

/** Secrets that settings give: for good, or as they are by now. */
export type GivenSecrets = readonly WebhookSecret[] | WatchedSecret<readonly WebhookSecret[]>;

/** The secrets as they were at the last look. */
export function readGiven(given: GivenSecrets): readonly WebhookSecret[] {
  return "read" in given ? given.read() : given;
}

/** The secrets as they are at this moment. */
export function rereadGiven(given: GivenSecrets): readonly WebhookSecret[] {
  return "reread" in given ? given.reread() : given;
}
