import type { Clock } from "../clock.ts";
import { HttpError } from "../errors.ts";
import type { Enriched, Enricher } from "../source/enricher.ts";
import type { KindName } from "../source/kinds.ts";
import type { Enrichment } from "../source/listing-plan.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import type { RunLists } from "../source/read-listing.ts";
import { type Addition, Unavailable } from "./addition.ts";
import { createCustomFields } from "./custom-fields.ts";
import type { EnrichmentCache } from "./enrichment-cache.ts";
import { createIncidentAnalytics } from "./incident-analytics.ts";
import { createOncallUsers } from "./oncall-users.ts";
import { createServiceAnalytics } from "./service-analytics.ts";
import { createUserEmails } from "./user-emails.ts";

export interface EnricherOptions {
  readonly client: PagerDutyClient;
  readonly clock: Clock;
  /** What the run reads once; the source has the same. */
  readonly lists: Pick<RunLists, "readUsers">;
  readonly cache: EnrichmentCache;
  /** See {@link createCustomFields}. @default false */
  readonly refreshes?: boolean | undefined;
}

/** What a page was refused with that is about the right to ask: no other page fares better. */
const statusesOfRights: ReadonlySet<number> = new Set([402, 403]);
/** Pages of a kind that fail otherwise, one after another, before no more are asked about in a run. */
const mostFailedPages = 3;

/**
 * Makes the enricher of one run: what is refused to a kind is not asked for again for that kind, and what one
 * object or one page is refused is theirs alone.
 */
export function createEnricher(options: EnricherOptions): Enricher {
  const { client, clock, lists, cache, refreshes } = options;
  const oncallUsers = createOncallUsers(client);
  const customFields = createCustomFields({ client, cache, refreshes });
  const userEmails = createUserEmails((signal) => lists.readUsers(signal));
  const serviceAnalytics = createServiceAnalytics(client, clock);
  const incidentAnalytics = createIncidentAnalytics(client);
  const failures = new Map<string, Failures>();

  const choose = (kind: KindName, { key }: Enrichment): Addition => {
    switch (key) {
      case "__oncall_user":
      case "__oncall_users":
        return oncallUsers;
      case "__email":
        return userEmails;
      case "__custom_fields":
        return customFields;
      case "__analytics":
        return kind === "services" ? serviceAnalytics : incidentAnalytics;
    }
  };

  return {
    async enrich(kind, objects, wanted, { signal, mayReuse = true } = {}) {
      const unavailable = new Map<string, string>();
      const lacking = new Map<number, Map<string, string>>();
      let enriched: Enriched["objects"] = objects;
      for (const enrichment of wanted) {
        const { key } = enrichment;
        const failed = failures.get(`${kind} ${key}`) ?? { pages: 0, reason: "", isFinal: false };
        failures.set(`${kind} ${key}`, failed);
        if (failed.isFinal) {
          unavailable.set(key, failed.reason);
          continue;
        }
        try {
          const add = choose(kind, enrichment);
          const added = await add({
            kind,
            objects: enriched,
            wanted: enrichment,
            signal,
            mayReuse,
          });
          enriched = added.objects;
          failed.pages = 0;
          for (const [place, reason] of added.lacking ?? []) {
            lacking.set(place, (lacking.get(place) ?? new Map<string, string>()).set(key, reason));
          }
        } catch (error) {
          failed.reason = describeRefusal(error);
          failed.pages += 1;
          failed.isFinal = failed.pages >= mostFailedPages || isAboutRights(error);
          unavailable.set(key, failed.reason);
        }
      }
      return { objects: enriched, unavailable, lacking };
    },
  };
}

/** How one key of one kind has fared in a run. */
interface Failures {
  /** Pages that failed one after another, until now. */
  pages: number;
  reason: string;
  /** Whether it is asked for no more. */
  isFinal: boolean;
}

/** A list that cannot be read whole is read once for a run: its want is final too. */
function isAboutRights(error: unknown): boolean {
  if (error instanceof Unavailable) return true;
  return error instanceof HttpError && statusesOfRights.has(error.status);
}

/**
 * Why an addition cannot be had in this run.
 *
 * @throws the error itself, where it is about more than the addition
 */
function describeRefusal(error: unknown): string {
  if (error instanceof Unavailable) return error.message;
  if (error instanceof HttpError && error.status !== 401) return error.message;
  throw error;
}
