import type { KindName } from "../../source/kinds.ts";
import { isIdentified } from "../../source/objects.ts";
import type { PagerDutyClient } from "../../source/pagerduty-client.ts";
import { askById } from "../deletion/evidence/ask-by-id.ts";
import { findKnownObjects, type KnownObjects, type KnownObjectsOptions } from "./known-objects.ts";
import { readFirstRows } from "./read-account.ts";

/** Known objects that an account is recognised by, at most. */
const sampleSize = 50;
/** From fewer known objects nobody can tell. */
export const fewestKnown = 5;
/** Rows of the list that is looked at first: PagerDuty's largest page of the classic lists. */
const pageSize = 100;
/** Objects asked for by id at the same time. */
const askedAtOnce = 10;

/** How many of the objects that are known an account has. */
export interface Recognition {
  readonly kind: KindName;
  /** Objects that were looked for, and of which PagerDuty said whether they are there. */
  readonly sample: number;
  /** Of those, how many are there; no more are looked for once it is clear whether it is half of them. */
  readonly found: number;
}

/** Whether at least half of the sample is there. */
export function isHalfFound({ sample, found }: Recognition): boolean {
  return found * 2 >= sample;
}

export interface RecogniseAccountOptions extends Omit<KnownObjectsOptions, "kind"> {
  readonly client: PagerDutyClient;
  /** Kinds to look at, the first with enough known objects counts. */
  readonly kinds: readonly KindName[];
}

/**
 * Looks for a sample of the known objects in the account: first on the first page of their list, then, for
 * those that are missing there, by id. PagerDuty's ids are never those of another account.
 *
 * @returns undefined where nothing is known
 * @throws {HttpError} {@link NetworkError} when a host refuses the credentials or cannot be reached
 */
export async function recogniseAccount(
  options: RecogniseAccountOptions,
): Promise<Recognition | undefined> {
  let best: { kind: KindName; known: KnownObjects; ids: readonly string[] } | undefined;
  for (const kind of options.kinds) {
    const known = await findKnownObjects({ ...options, kind });
    const ids = (await known?.list(sampleSize)) ?? [];
    if (known !== undefined && ids.length > (best?.ids.length ?? 0)) best = { kind, known, ids };
    if (ids.length >= fewestKnown) break;
  }
  return best === undefined ? undefined : lookFor(best, options);
}

async function lookFor(
  {
    kind,
    known,
    ids,
  }: { readonly kind: KindName; readonly known: KnownObjects; readonly ids: readonly string[] },
  { client, signal }: RecogniseAccountOptions,
): Promise<Recognition> {
  const rows = await readFirstRows(client, kind, { limit: pageSize, signal });
  // Whoever may not read them cannot tell: that is another trouble, and told by the run.
  if (rows === undefined) return { kind, sample: 0, found: 0 };
  const listed = rows.filter(isIdentified).map(({ id }) => id);
  const onPage = [...(await known.pick(listed))].slice(0, sampleSize);
  const seen = new Set(onPage);
  const others = ids.filter((id) => !seen.has(id)).slice(0, sampleSize - onPage.length);
  let found = onPage.length;
  let left = others.length;
  let gone = 0;
  const isUndecided = (): boolean => found < gone + left && gone <= found + left;
  for (let at = 0; isUndecided() && at < others.length; at += askedAtOnce) {
    const asked = others.slice(at, at + askedAtOnce);
    const answers = await Promise.all(asked.map((id) => askById(client, kind, id, signal)));
    // 403 is said of what is there.
    found += answers.filter((one) => ["found", "forbidden", "moved"].includes(one)).length;
    gone += answers.filter((one) => one === "gone").length;
    left -= asked.length;
  }
  // What is left is of no weight any more where it was not asked for, and of none where nobody answered.
  return { kind, sample: found + gone + left, found };
}
