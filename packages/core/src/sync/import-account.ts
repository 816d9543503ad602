import { ConfigError, HttpError } from "../errors.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import type { ImportState } from "../store/import-state.ts";

/** This many ids of the first answers tell one account from another. */
const mostIds = 10;

/** Remembers which account an import reads, by ids of its first objects. */
export function rememberAccount(
  state: ImportState,
  kind: "services" | "incidents",
  ids: readonly string[],
): void {
  const known = state.account;
  if (known.length >= mostIds) return;
  const added = ids
    .filter((id) => !known.some((entry) => entry.id === id))
    .map((id) => ({ kind, id }));
  state.account = [...known, ...added].slice(0, mostIds);
}

/**
 * Makes sure that the token opens the account that the import was started with. A renewed token of the
 * same account does; another account knows none of the ids.
 *
 * @throws {ConfigError} when it knows none
 */
export async function checkAccount(
  state: ImportState,
  client: PagerDutyClient,
  signal?: AbortSignal,
): Promise<void> {
  const { account } = state;
  if (account.length === 0) return;
  for (const { kind, id } of account) {
    try {
      await client.get(`/${kind}/${encodeURIComponent(id)}`, [], signal);
      return;
    } catch (error) {
      // Deleted since, or of another account. A 403 is of this one, but out of the token's sight.
      if (error instanceof HttpError && error.status === 403) return;
      if (!(error instanceof HttpError) || error.status !== 404) throw error;
    }
  }
  throw new ConfigError(
    `The token in PD_TOKEN opens another PagerDuty account than the one this import was started with: none of the first ${account.length} objects is in it. Use the token of that account, --output to write elsewhere, or --fresh to start over`,
    { setting: "PD_TOKEN" },
  );
}
