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
}

/** Makes the enricher of one run: what is refused once is not asked for again. */
export function createEnricher(options: EnricherOptions): Enricher {
  const { client, clock, lists, cache } = options;
  const oncallUsers = createOncallUsers(client);
  const customFields = createCustomFields(client, cache);
  const userEmails = createUserEmails((signal) => lists.readUsers(signal));
  const serviceAnalytics = createServiceAnalytics(client, clock);
  const incidentAnalytics = createIncidentAnalytics(client);
  const refused = new Map<Addition, string>();

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
      let enriched: Enriched["objects"] = objects;
      for (const enrichment of wanted) {
        const add = choose(kind, enrichment);
        try {
          if (!refused.has(add)) {
            enriched = await add({
              kind,
              objects: enriched,
              wanted: enrichment,
              signal,
              mayReuse,
            });
          }
        } catch (error) {
          refused.set(add, describeRefusal(error));
        }
        const reason = refused.get(add);
        if (reason !== undefined) unavailable.set(enrichment.key, reason);
      }
      return { objects: enriched, unavailable };
    },
  };
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
