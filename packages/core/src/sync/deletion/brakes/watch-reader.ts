import type { PagerDutyClient } from "../../../source/pagerduty-client.ts";
import { readTokenOwner } from "./describe-reader.ts";

/** Whose token reads, for as long as a run, or an event, is worked on. */
export interface ReaderWatch {
  /**
   * Whose token it was from the beginning until now; undefined where that cannot be told: PagerDuty did not
   * answer, or the token was replaced by one that may see less.
   */
  settle(): Promise<string | undefined>;
  /** Whether it is the same token still as when that was told. */
  isSame(): boolean;
}

/**
 * Watches whose token it is. Of the same account are a key that sees all and a user's that sees one team: where
 * one takes the place of the other, what was read with both is no whole, and nothing may be deleted by it.
 * Asks nothing where the token cannot be replaced.
 *
 * @throws {HttpError} where PagerDuty refuses the token
 */
export async function watchReader(
  client: PagerDutyClient,
  signal?: AbortSignal,
): Promise<ReaderWatch> {
  const count = (): number => client.countTokens?.() ?? 0;
  const begun = count();
  const first = client.countTokens === undefined ? undefined : await readTokenOwner(client, signal);
  let settled = begun;
  return {
    async settle() {
      const before = count();
      const owner = await readTokenOwner(client, signal);
      settled = count();
      if (settled === begun) return owner;
      // Replaced once, by one of the same owner.
      const isOnce = settled === begun + 1 && before === settled;
      return isOnce && owner === first ? owner : undefined;
    },
    isSame: () => count() === settled,
  };
}
