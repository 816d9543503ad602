import type { Resource } from "../map/mapping.ts";
import type { TimeRange } from "../source/listing-plan.ts";

/** What a delta reads of incidents besides those that something happened to: a week. Milliseconds. */
const recentIncidents = 7 * 24 * 3_600_000;

/** A resource that is read otherwise than its selector says. */
export type PassResource = Resource & { readonly range?: TimeRange | undefined };

/**
 * What a delta reads: kinds other than incidents whole, together with the incidents of the last week,
 * and then the open ones of any age.
 *
 * @param now PagerDuty's time, milliseconds since 1970
 */
export function listDeltaPasses(
  resources: readonly Resource[],
  now: number,
): readonly (readonly PassResource[])[] {
  const until = Math.ceil(now / 1000) * 1000 + 1000;
  const recent = { since: until - recentIncidents, until };
  return [
    resources.map((resource) =>
      resource.kind === "incidents" ? { ...resource, range: recent } : resource,
    ),
    resources.flatMap((resource) => keepOpen(resource, until)),
  ];
}

/** The resource with open incidents only; nothing where it wants none. */
function keepOpen(resource: Resource, until: number): PassResource[] {
  const { selection } = resource;
  if (selection.kind !== "incidents") return [];
  const { apiQueryParams } = selection.selector;
  const wanted = apiQueryParams?.statuses ?? [];
  const open = (["triggered", "acknowledged"] as const).filter(
    (status) => wanted.length === 0 || wanted.includes(status),
  );
  if (open.length === 0) return [];
  const selector = { ...selection.selector, apiQueryParams: { ...apiQueryParams, statuses: open } };
  return [
    {
      ...resource,
      selection: { ...selection, selector },
      range: { since: undefined, until },
    },
  ];
}
