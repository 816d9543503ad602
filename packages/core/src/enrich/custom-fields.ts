import { HttpError } from "../errors.ts";
import { readId } from "../source/kinds.ts";
import type { PagerDutyObject } from "../source/objects.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import type { Addition } from "./addition.ts";
import type { EnrichmentCache } from "./enrichment-cache.ts";

/** Objects asked about at the same time; the rate limit decides on the pace. */
const mostAtOnce = 32;

/**
 * Adds `__custom_fields`, the values of an object's custom fields. The API has no list of them for many
 * objects, so each is asked about that has changed since it last was.
 */
export function createCustomFields(client: PagerDutyClient, cache: EnrichmentCache): Addition {
  async function read(
    kind: string,
    object: PagerDutyObject,
    { mayReuse, signal }: Parameters<Addition>[0],
  ): Promise<readonly unknown[]> {
    const id = readId(object);
    if (id === null) return [];
    const key = `${kind}/${id}/__custom_fields`;
    const updatedAt = object["updated_at"];
    if (mayReuse && typeof updatedAt === "string") {
      const kept = await cache.get(key, updatedAt);
      if (kept !== undefined) return kept;
    }
    const values = await ask(client, `/${kind}/${encodeURIComponent(id)}`, signal);
    if (typeof updatedAt === "string") await cache.set(key, updatedAt, values);
    return values;
  }

  return async (request) => {
    const { kind, objects, wanted } = request;
    const added: PagerDutyObject[] = [];
    for (let start = 0; start < objects.length; start += mostAtOnce) {
      const some = objects.slice(start, start + mostAtOnce);
      const values = await Promise.all(some.map((object) => read(kind, object, request)));
      for (const [place, object] of some.entries()) {
        added.push({ ...object, [wanted.key]: values[place] ?? [] });
      }
    }
    return added;
  };
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
