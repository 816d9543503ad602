import { findKind, type KindName } from "../../../source/kinds.ts";
import { isIdentified } from "../../../source/objects.ts";
import type { PagerDutyClient } from "../../../source/pagerduty-client.ts";
import { askById, isAskable, isDown } from "./ask-by-id.ts";

/** Kinds that nearly every account has objects of, for where the kind itself lists none. */
const spare: readonly KindName[] = ["users", "services", "escalation_policies"];

/** One that is listed may be deleted before it is asked for; two hardly ever. */
const mostAsked = 2;

export interface ControlReadingOptions {
  readonly client: PagerDutyClient;
  /** The kind whose objects answered 404. */
  readonly kind: KindName;
  /** Ids of objects of a kind that a run has listed. @default PagerDuty is asked for some */
  readonly listed?: ((kind: KindName) => readonly string[]) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks by id for an object that was just listed, of the kind or, where that has none, of another: where
 * that does not answer 200, a 404 of others says nothing.
 *
 * @returns what is wrong, for a person; empty where it answers 200
 */
export async function readControl(options: ControlReadingOptions): Promise<string> {
  const { kind } = options;
  for (const one of [kind, ...spare.filter((other) => other !== kind)]) {
    const ids = await findListed(one, options);
    const [first] = ids;
    if (first === undefined) continue;
    for (const id of ids.slice(0, mostAsked)) if (await isFound(one, id, options)) return "";
    return `PagerDuty lists ${one}/${first} and does not answer 200 when asked for it, so that its 404 of others says nothing`;
  }
  return `nothing is listed that could be asked for by id, so that a 404 of ${kind} says nothing`;
}

async function isFound(
  kind: KindName,
  id: string,
  { client, signal }: ControlReadingOptions,
): Promise<boolean> {
  try {
    return (await askById(client, kind, id, signal)) === "found";
  } catch (error) {
    if (isDown(error)) return false;
    throw error;
  }
}

async function findListed(
  kind: KindName,
  { client, listed, signal }: ControlReadingOptions,
): Promise<readonly string[]> {
  if (!isAskable(kind)) return [];
  if (listed !== undefined) return listed(kind);
  const { path, wrapper } = findKind(kind);
  try {
    const { body } = await client.get(path, [["limit", String(mostAsked)]], signal);
    const rows: unknown = body[wrapper];
    return (Array.isArray(rows) ? rows : []).filter(isIdentified).map(({ id }) => id);
  } catch {
    signal?.throwIfAborted();
    return [];
  }
}
