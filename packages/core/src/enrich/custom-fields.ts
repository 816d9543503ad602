import { HttpError } from "../errors.ts";
import { writeInUtc } from "../source/in-zone.ts";
import { type KindName, readId } from "../source/kinds.ts";
import type { PagerDutyObject } from "../source/objects.ts";
import type { PagerDutyClient } from "../source/pagerduty-client.ts";
import type { Addition } from "./addition.ts";
import type { EnrichmentCache, KeptEnrichment, ObjectVersion } from "./enrichment-cache.ts";

/** Objects asked about at the same time; the rate limit decides on the pace. */
const mostAtOnce = 32;

/**
 * So many objects of a kind are refused one after another before no more are asked about in a run: one
 * that is refused may be of a team that the token does not see.
 */
const mostRefused = 5;

export interface CustomFieldsOptions {
  readonly client: PagerDutyClient;
  readonly cache: EnrichmentCache;
  /**
   * Whether values that were kept longest ago are asked for again: nothing says that a field's value moves
   * the `updated_at` of its object. @default false
   */
  readonly refreshes?: boolean | undefined;
}

/** What is known of a kind in a run. */
interface KindState {
  /** Objects whose values are asked for again though they have not changed as far as their list tells. */
  readonly due: ReadonlySet<string>;
  /** Refusals since the last answer. */
  refused: number;
  /** Why no more are asked about; empty as long as they are. */
  reason: string;
}

/** What became of one object. */
type Found = { readonly value: unknown } | { readonly reason: string };

/**
 * Adds `__custom_fields`, the values of an object's custom fields. The API has no list of them for many
 * objects, so each is asked about that has changed since it last was, and of the others, where that is
 * wanted, those that were asked about longest ago.
 */
export function createCustomFields(options: CustomFieldsOptions): Addition {
  const { client, cache, refreshes = false } = options;
  const states = new Map<KindName, KindState>();

  const stateOf = async (kind: KindName, key: string): Promise<KindState> => {
    const known = states.get(kind);
    if (known !== undefined) return known;
    const due = refreshes ? await cache.listDue(key, `${kind}/`) : new Set<string>();
    const state = { due, refused: 0, reason: "" };
    states.set(kind, state);
    return state;
  };

  return async ({ kind, objects, wanted, mayReuse, signal }) => {
    const state = await stateOf(kind, wanted.key);
    const versions = objects.flatMap((object) => readVersion(kind, object) ?? []);
    const kept = mayReuse ? await cache.read(wanted.key, versions) : new Map<string, unknown>();
    const found = new Map<number, Found>();
    const asked: { readonly place: number; readonly id: string }[] = [];
    for (const [place, object] of objects.entries()) {
      const id = readId(object);
      const name = `${kind}/${id}`;
      if (id === null) found.set(place, { value: [] });
      else if (kept.has(name) && !state.due.has(name)) found.set(place, { value: kept.get(name) });
      else asked.push({ place, id });
    }
    while (asked.length > 0 && state.reason === "") {
      // While all are refused, only as many as it takes to believe it.
      const count = state.refused > 0 ? Math.max(1, mostRefused - state.refused) : mostAtOnce;
      const some = asked.splice(0, count);
      const read: KeptEnrichment[] = [];
      const ask = async ({ place, id }: (typeof asked)[number]): Promise<void> => {
        const answer = await askOne(client, `/${kind}/${encodeURIComponent(id)}`, signal);
        found.set(place, answer);
        noteAnswer(state, answer);
        const version = readVersion(kind, objects[place]);
        if ("value" in answer && version !== undefined) read.push({ ...version, ...answer });
      };
      await Promise.all(some.map(ask));
      if (read.length > 0) await cache.keep(wanted.key, read);
    }
    for (const { place, id } of asked) {
      const name = `${kind}/${id}`;
      // What is known of it is better than nothing.
      const known = kept.has(name) ? { value: kept.get(name) } : { reason: state.reason };
      found.set(place, known);
    }
    return addValues(objects, wanted.key, found);
  };
}

function noteAnswer(state: KindState, answer: Found): void {
  state.refused = "value" in answer ? 0 : state.refused + 1;
  if ("reason" in answer && state.refused >= mostRefused) state.reason = answer.reason;
}

function addValues(
  objects: readonly PagerDutyObject[],
  key: string,
  found: ReadonlyMap<number, Found>,
): { objects: readonly PagerDutyObject[]; lacking: ReadonlyMap<number, string> } {
  const lacking = new Map<number, string>();
  const added = objects.map((object, place) => {
    const answer = found.get(place) ?? { value: [] };
    if ("value" in answer) return { ...object, [key]: answer.value };
    lacking.set(place, answer.reason);
    return object;
  });
  return { objects: added, lacking };
}

/** Undefined where an object does not say when it was last changed. */
function readVersion(kind: string, object: PagerDutyObject | undefined): ObjectVersion | undefined {
  const id = readId(object);
  const updatedAt = object?.["updated_at"];
  return id === null || typeof updatedAt !== "string"
    ? undefined
    : { object: `${kind}/${id}`, updatedAt: writeInUtc(updatedAt) };
}

/** @throws {HttpError} 401 @throws {NetworkError} */
async function askOne(
  client: PagerDutyClient,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Found> {
  try {
    const { body } = await client.get(`${path}/custom_fields/values`, [], signal);
    const values: unknown = body["custom_fields"];
    return { value: Array.isArray(values) ? values : [] };
  } catch (error) {
    if (!(error instanceof HttpError) || error.status === 401) throw error;
    // An object that has gone since it was listed has no values either.
    if (error.status === 404) return { value: [] };
    return { reason: error.message };
  }
}
