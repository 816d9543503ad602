import type { KnownForeign } from "../../store/foreign-entities.ts";
import type { KnownRules } from "./ownership-rules.ts";

/**
 * Milliseconds for which an answer of Port's on whose an entity is counts: a week. Its owner may have let
 * go of it, and a person may have deleted it.
 */
const answerLasts = 7 * 24 * 3_600_000;

/** Whether an entity may be written. */
export type Verdict =
  | { readonly state: "ours" }
  /** Another integration owns it. */
  | { readonly state: "left"; readonly owner: string }
  /** Nobody that counts owns it. `written`: hashes of what it was last given. */
  | { readonly state: "open"; readonly owner: string; readonly written: readonly string[] };

/** What nobody else owns. */
export const ours: Verdict = { state: "ours" };

/** What is remembered of an entity says, as long as that counts; undefined = Port is to be asked. */
export function judgeKnown(
  row: KnownForeign | undefined,
  said: KnownRules,
  hasListing: boolean,
): Verdict | undefined {
  if (row === undefined || row.age > answerLasts) return undefined;
  const { owner, written } = row;
  if (written === undefined) {
    const isTaken =
      said.takeOverAgain.has(owner) || (said.takeOver.has(owner) && row.wasTaken !== true);
    return isTaken ? undefined : { state: "left", owner };
  }
  // It was ours. Where the listing does not have it, it is gone, or its owner has it back.
  if (written.length === 0) return hasListing ? undefined : ours;
  if (owner !== "" && said.leaveTo.has(owner)) return { state: "left", owner };
  return { state: "open", owner, written };
}

/** Whether what another integration owns, by Port's word, may be written. */
export function judgeForeign(
  owner: string,
  before: KnownForeign | undefined,
  { takeOver, takeOverAgain }: KnownRules,
): Verdict {
  const isTaken = takeOverAgain.has(owner) || (takeOver.has(owner) && !isTakenBack(owner, before));
  if (!isTaken) return { state: "left", owner };
  return { state: "open", owner, written: before?.owner === owner ? (before.written ?? []) : [] };
}

/** Whether what had been taken over from an integration is that one's again. */
export function isTakenBack(owner: string, before: KnownForeign | undefined): boolean {
  if (before === undefined || owner === "" || before.owner !== owner) return false;
  return before.wasTaken === true || before.written?.length === 0;
}
