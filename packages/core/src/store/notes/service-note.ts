import type { Sql } from "../sql.ts";
import { keepState, readState } from "../state.ts";

/** How much of a host's rate limit was left when it last answered. */
export interface RateBudget {
  /** `PagerDuty`, `Port`. */
  readonly host: string;
  /** What of the host has a limit of its own: `on-calls`, `analytics`; undefined for all else. */
  readonly part: string | undefined;
  readonly limit: number;
  readonly remaining: number;
  /** When it was told, milliseconds since 1970. */
  readonly at: number;
}

/** What a service writes down of itself now and then, for whoever has only the store. */
export interface ServiceNote {
  /** Host and process. */
  readonly owner: string;
  /** Minutes between resyncs; 0 = none by its own schedule. */
  readonly resyncMinutes: number;
  /** Hours after which a scheduled resync reads everything again. */
  readonly fullHours: number;
  /** Hours between checks; 0 = none. */
  readonly verifyHours: number;
  /** How it stands with PagerDuty's webhook, and why; undefined where the service does not look after it. */
  readonly webhook: { readonly state: string; readonly reason?: string | undefined } | undefined;
  /** Hosts that do not answer, or refuse us; since in milliseconds since 1970. */
  readonly paused: readonly {
    readonly host: string;
    readonly since: number;
    readonly error: string;
  }[];
  /** Why nothing is applied, where the hosts are another's. */
  readonly foreignHosts: string | undefined;
  readonly budgets: readonly RateBudget[];
}

/** A note, and when it was written; milliseconds since 1970 by the database's clock. */
export interface KeptServiceNote extends ServiceNote {
  readonly at: number;
}

const stateName = "service-note";

/** Writes a note, in place of whichever replica's there is. */
export async function keepServiceNote(sql: Sql, note: ServiceNote): Promise<void> {
  await keepState(sql, stateName, JSON.stringify(note));
}

/** The last note; undefined where no service has ever used the store. */
export async function readServiceNote(sql: Sql): Promise<KeptServiceNote | undefined> {
  const kept = await readState(sql, stateName);
  if (kept === undefined) return undefined;
  return { ...(JSON.parse(kept.value) as ServiceNote), at: kept.keptAt };
}
