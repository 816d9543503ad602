import { HttpError } from "../errors.ts";
import { readId } from "../source/kinds.ts";
import type { PagerDutyObject } from "../source/objects.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import type { Addition } from "./addition.ts";
import type { EnrichmentCache, KeptEnrichment, ObjectVersion } from "./enrichment-cache.ts";

/** Objects asked about at the same time; the rate limit decides on the pace. */
const mostAtOnce = 32;

/**
 * Adds `__custom_fields`, the values of an object's custom fields. The API has no list of them for many
 * objects, so each is asked about that has changed since it last was.
 */
export function createCustomFields(client: PagerDutyClient, cache: EnrichmentCache): Addition {
  return async ({ kind, objects, wanted, mayReuse, signal }) => {
    const versions = objects.flatMap((object) => readVersion(kind, object) ?? []);
    const kept = mayReuse ? await cache.read(wanted.key, versions) : new Map<string, unknown>();
    const added: PagerDutyObject[] = [];
    for (let start = 0; start < objects.length; start += mostAtOnce) {
      const some = objects.slice(start, start + mostAtOnce);
      const read: KeptEnrichment[] = [];
      const values = await Promise.all(
        some.map(async (object) => {
          const id = readId(object);
          if (id === null) return [];
          const version = readVersion(kind, object);
          const known = version === undefined ? undefined : kept.get(version.object);
          if (known !== undefined) return known;
          const value = await ask(client, `/${kind}/${encodeURIComponent(id)}`, signal);
          if (version !== undefined) read.push({ ...version, value });
          return value;
        }),
      );
      if (read.length > 0) await cache.keep(wanted.key, read);
      for (const [place, object] of some.entries()) {
        added.push({ ...object, [wanted.key]: values[place] ?? [] });
      }
    }
    return added;
  };
}

/** Undefined where an object does not say when it was last changed. */
function readVersion(kind: string, object: PagerDutyObject): ObjectVersion | undefined {
  const id = readId(object);
  const updatedAt = object["updated_at"];
  return id === null || typeof updatedAt !== "string"
    ? undefined
    : { object: `${kind}/${id}`, updatedAt };
}

async function ask(
  client: PagerDutyClient,
  path: string,
  signal: AbortSignal | undefined,
): Promise<readonly unknown[]> {
  try {
    const { body } = await client.get(`${path}/custom_fields/values`, [], signal);
    const values: unknown = body["custom_fields"];
    return Array.isArray(values) ? values : [];
  } catch (error) {
    // An object that has gone since it was listed has no values either.
    if (error instanceof HttpError && error.status === 404) return [];
    throw error;
  }
}
