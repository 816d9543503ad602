import type { ListRequest } from "./fetch-page.ts";
import { type IdentifiedObject, isIdentified } from "./objects.ts";
import type { PagerDutyClient } from "./pagerduty-client.ts";
import { type ListReading, readList, type ReadListOptions } from "./read-list.ts";

const services: ListRequest<IdentifiedObject> = {
  path: "/services",
  wrapper: "services",
  query: [
    ["sort_by", "name:asc"],
    ["time_zone", "UTC"],
  ],
  isRow: isIdentified,
  identify: (service) => service.id,
};

/** Reads every service that the token sees. */
export function readServices(
  client: PagerDutyClient,
  options: ReadListOptions<IdentifiedObject> = {},
): Promise<ListReading<IdentifiedObject>> {
  return readList(client, services, options);
}

/** How many services the token sees: one request. */
export async function countServices(
  client: PagerDutyClient,
  signal?: AbortSignal,
): Promise<number> {
  const query = [
    ["limit", "1"],
    ["total", "true"],
  ] as const;
  const { body } = await client.get("/services", query, signal);
  const { total } = body;
  return typeof total === "number" ? total : 0;
}
