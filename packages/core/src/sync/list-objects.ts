import { type Clock, systemClock } from "../clock.ts";
import { createMemoryCache } from "../enrich/enrichment-cache.ts";
import { PagerportError } from "../errors.ts";
import type { KindName } from "../source/kinds.ts";
import type { PagerDutyObject } from "../source/objects.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import type { Selection } from "../source/selection.ts";
import { openSource } from "./open-source.ts";

export interface ListObjectsOptions<Kind extends KindName> {
  /** As in a mapping: filters, what is included, times. @default everything, of incidents the last month */
  readonly selector?: Extract<Selection, { readonly kind: Kind }>["selector"];
  /** @default systemClock */
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
}

/**
 * Reads the objects of one of PagerDuty's lists, completely: lists that are longer than PagerDuty pages
 * through are cut, and rows that move while they are read are neither lost nor given twice.
 *
 * @throws {HttpError} {@link NetworkError} where it is refused or not answered @throws {PagerportError}
 * where some may be missing; what could be read has been given out by then
 *
 * @example
 * ```ts
 * const selector = { apiQueryParams: { date_range: "all", service_ids: ["PABC123"] } } as const;
 * for await (const incident of listObjects(pagerDuty, "incidents", { selector })) …
 * ```
 */
export async function* listObjects<Kind extends KindName>(
  client: PagerDutyClient,
  kind: Kind,
  { selector, clock = systemClock, signal }: ListObjectsOptions<Kind> = {},
): AsyncGenerator<PagerDutyObject, void> {
  const source = openSource({ client, clock, cache: createMemoryCache() });
  const selection = { kind, selector: selector ?? {} } as Selection;
  for await (const item of source.pages([{ index: 0, selection }], signal)) {
    if (item.type === "page") {
      for (const { object } of item.entries) yield object;
      continue;
    }
    for (const { completion } of item.outcomes.values()) {
      if (completion.state === "complete") continue;
      if (completion.state !== "incomplete") throw completion.error;
      throw new PagerportError(`Some ${kind} may be missing: ${completion.reason}`);
    }
  }
}
