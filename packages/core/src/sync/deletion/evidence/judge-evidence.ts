/**
 * Milliseconds between two readings that say the same: as long as a resync an hour leaves between its
 * end and the next, and longer than PagerDuty's lists were ever seen to lag.
 */
export const betweenReadings = 45 * 60_000;

/** What is known of an object that made an entity, which this run did not make. Moments by PagerDuty's clock. */
export interface ObjectKnowledge {
  /** Incidents cannot be deleted, and leave lists for many reasons; on-calls end. */
  readonly sort: "incident" | "oncall" | "other";
  /**
   * How it was seen: `listed`, or by its id: `found` (200), `gone` (404), `unanswered` (anything else),
   * `unasked`. `elsewhere` = PagerDuty says that it is there, and does not show it here. `unaskable` = it has no id or no such request, or a filter cannot be told from it.
   */
  readonly sight:
    | "listed"
    | "found"
    | "gone"
    | "elsewhere"
    | "unanswered"
    | "unasked"
    | "unaskable";
  /** What is made of it now, where it was listed or found, instead of the entity. */
  readonly makes: "nothing" | "another" | "less";
  /** When it ends by itself; undefined = never, or unknown. */
  readonly endsAt?: number | undefined;
  /** Of an on-call: see `OncallAnswer`; `unknown` = not asked, or not answered. */
  readonly place?: "there" | "outside" | "replaced" | "left" | "unknown" | undefined;
  /** Its list is one of a stretch of time, and tells only what is newer. */
  readonly isOutgrown?: boolean | undefined;
  /** Of an incident: it was created outside of what is read, or that is not known. */
  readonly isAged?: boolean | undefined;
  /** Nobody remembers when it was created: what is not listed may be there as well. */
  readonly isAgeUnknown?: boolean | undefined;
}

/** What earlier runs know of an entity. */
export interface AbsenceKnowledge {
  readonly unlistedAt: number | undefined;
  readonly goneAt: number | undefined;
  readonly namedAt: number | undefined;
}

export interface EvidenceContext {
  /** PagerDuty's time. */
  readonly now: number;
  /** No settled run is known, or a person allowed it: what one reading says is enough. */
  readonly isOneEnough: boolean;
  /** What is done with incidents that have left the time that is read. */
  readonly keepsAged: boolean;
}

/** The lines of the policy's table, `docs/deletion.md`. */
export type EvidenceName = "E1" | "E2" | "E3" | "E4" | "E5" | "E6";

export type Judgement =
  /** It may go, as far as evidence is asked. */
  | { readonly verdict: "goes"; readonly evidence: EvidenceName; readonly counts: boolean }
  /** Not settled; the next runs look again. `isThere`: PagerDuty says that its object is not gone. */
  | { readonly verdict: "waits"; readonly why: string; readonly isThere?: boolean }
  /** Its incident has only left the time that is read. */
  | { readonly verdict: "aged" }
  /** PagerDuty still says that it is there: its list was not whole. */
  | { readonly verdict: "unread"; readonly why: string };

/** The lines of evidence, those first that a mistake in the reader looks like. */
const byReader: readonly EvidenceName[] = ["E3", "E4", "E6", "E5", "E2", "E1"];

type Rule = (
  object: ObjectKnowledge,
  absence: AbsenceKnowledge,
  context: EvidenceContext,
) => Judgement | undefined;

/**
 * Decides whether what is known of an entity is evidence enough to let it go: every object that made it
 * must be. Whether something is wrong with the reader is the brakes' question.
 */
export function judgeEvidence(
  objects: readonly ObjectKnowledge[],
  absence: AbsenceKnowledge,
  context: EvidenceContext,
): Judgement {
  const judgements = objects.map((object) => judgeObject(object, absence, context));
  for (const verdict of ["unread", "waits", "aged"] as const) {
    const found = judgements.find((judgement) => judgement.verdict === verdict);
    if (found !== undefined) return found;
  }
  const gone = judgements.filter((judgement) => judgement.verdict === "goes");
  const counts = gone.some((judgement) => judgement.counts);
  // What several say differently is told by what the reader has most to do with.
  const evidence = byReader.find((name) => gone.some((judgement) => judgement.evidence === name));
  return evidence === undefined ? waits("nothing is known of it") : goes(evidence, counts);
}

function judgeObject(
  object: ObjectKnowledge,
  absence: AbsenceKnowledge,
  context: EvidenceContext,
): Judgement {
  for (const rule of rules) {
    const judgement = rule(object, absence, context);
    if (judgement !== undefined) return judgement;
  }
  return waits("nothing is known of it");
}

/** The first that has something to say decides. */
const rules: readonly Rule[] = [
  // E1: its own end has passed, or its time is somebody else's now.
  ({ endsAt, place }, _, { now }) => {
    const isOver = endsAt !== undefined && endsAt <= now;
    return isOver || place === "replaced" ? goes("E1", false) : undefined;
  },
  // E2: incidents, never by absence.
  ({ sort, sight, isAged, isAgeUnknown }, _, { keepsAged }) => {
    if (sort !== "incident") return undefined;
    if (sight === "listed" || sight === "found") return goes("E2", false);
    if (isAged !== true)
      return waits("PagerDuty neither listed its incident nor tells of a change");
    return keepsAged ? { verdict: "aged" } : goes("E2", isAgeUnknown === true);
  },
  // E3 and E4: its object is there, and the mapping makes nothing, or something else, of it.
  ({ sight, makes }) => {
    if (sight !== "listed" && sight !== "found") return undefined;
    return makes === "nothing" ? goes("E3", true) : goes("E4", makes === "less");
  },
  // E5: 404 by id, and PagerDuty named it, or a second reading says the same.
  ({ sight }, { goneAt, namedAt }, context) => {
    if (sight !== "gone") return undefined;
    return namedAt !== undefined || isSecond(goneAt, context)
      ? goes("E5", true)
      : waits("its object answered 404 once");
  },
  ({ sight }) => {
    if (sight === "elsewhere") {
      const why = "PagerDuty has its object still, but does not show it to this mapping or token";
      return { verdict: "waits", why, isThere: true };
    }
    if (sight === "unasked") return waits("its object was not asked for yet");
    return sight === "unanswered" ? waits("its object answered neither 200 nor 404") : undefined;
  },
  // An on-call that has not ended: PagerDuty was asked who is on call at its time.
  ({ place }) => {
    if (place === "there") {
      return { verdict: "unread", why: "PagerDuty has on-calls that it did not list" };
    }
    if (place === "unknown") return waits("PagerDuty did not tell yet who is on call at its time");
    return place === "outside" ? goes("E3", true) : undefined;
  },
  // E6: there is nobody to ask; two full runs lacked it.
  ({ place, isOutgrown }, { unlistedAt }, context) =>
    isSecond(unlistedAt, context)
      ? goes("E6", place !== "left" && isOutgrown !== true)
      : waits("one run did not list it"),
];

/** Whether an earlier reading said the same, or one is enough. */
function isSecond(first: number | undefined, { now, isOneEnough }: EvidenceContext): boolean {
  return isOneEnough || (first !== undefined && now - first >= betweenReadings);
}

function goes(evidence: EvidenceName, counts: boolean): Judgement {
  return { verdict: "goes", evidence, counts };
}

function waits(why: string): Judgement {
  return { verdict: "waits", why };
}
