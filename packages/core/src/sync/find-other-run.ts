import type { Clock } from "../clock.ts";
import type { Integration } from "../sink/port/integration.ts";
import type { Store } from "../store/open-store.ts";
import { readPastRuns } from "../store/run-history.ts";
import { isOwnStart } from "./is-own-start.ts";

/** Ocean, or pagerport with another store, may be at work; a process that died says so for ever. */
const longestForeignRun = 2 * 3_600_000;
/** Runs of this store that Port may still speak of. */
const pastRuns = 20;

/** Says which other run goes on by Port's word, whose writes this store does not know of; empty = none. */
export async function findOtherRun(
  integration: Integration | undefined,
  { store, clock }: { readonly store: Store; readonly clock: Clock },
): Promise<string> {
  const { status, lastStart } = integration?.resyncState ?? {};
  if (status !== "running" || lastStart === undefined) return "";
  if (clock.now() - lastStart > longestForeignRun) return "";
  const ours = await readPastRuns(store.sql, pastRuns);
  const starts = ours.map(({ startedAt }) => startedAt);
  if (isOwnStart(lastStart, starts)) return "";
  return `another resync of this integration, which does not share ${store.place}, runs since ${new Date(lastStart).toISOString()} by Port's word`;
}
