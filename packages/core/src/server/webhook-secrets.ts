import { readSecrets, webhookPurpose } from "../store/secrets.ts";
import type { Sql } from "../store/sql.ts";
import { type GivenSecrets, readGiven, rereadGiven } from "../webhook/given-secrets.ts";
import type { WebhookSecret } from "../webhook/verify-signature.ts";

/** The secrets that events may be signed with: those that were configured, and the store's. */
export interface WebhookSecrets {
  /** As they were when they were last read. */
  known(): Promise<readonly WebhookSecret[]>;
  /** As they are now: another replica may have made a subscription since. */
  reread(): Promise<readonly WebhookSecret[]>;
}

export interface WebhookSecretsOptions {
  readonly sql: Sql;
  /** Those that the settings give, named after them. */
  readonly configured: GivenSecrets;
}

/** Keeps the secrets at hand. However many ask to read them again, one reading goes on at a time. */
export function createWebhookSecrets({ sql, configured }: WebhookSecretsOptions): WebhookSecrets {
  /** Those of the store, when they were last read. */
  let latest: readonly WebhookSecret[] | undefined;
  let next: Promise<readonly WebhookSecret[]> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  /** A reading that has begun may have missed what was kept since; one that has not is for all. */
  function reread(): Promise<readonly WebhookSecret[]> {
    if (next !== undefined) return next;
    const reading = last.then(read, read);
    next = reading;
    last = reading;
    return reading;
  }

  async function read(): Promise<readonly WebhookSecret[]> {
    next = undefined;
    const given = rereadGiven(configured);
    const kept = await readSecrets(sql, webhookPurpose);
    latest = Array.from(kept, ([name, value]) => ({ name, value }));
    return [...given, ...latest];
  }

  return {
    known: async () => (latest === undefined ? reread() : [...readGiven(configured), ...latest]),
    reread,
  };
}
