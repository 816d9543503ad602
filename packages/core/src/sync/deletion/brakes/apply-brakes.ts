import type { EvidenceName } from "../evidence/judge-evidence.ts";

/** So few may go whatever their share, where that is at most half of what there is. */
const fewEntities = 5;
/** 0.29 × 100 is a little less than 29 where numbers are binary. */
const rounding = 1e-9;

/** The brakes of the policy's table, `docs/deletion.md`, and the words that metrics use. */
const brakeNames = {
  B1: "share",
  B2: "reader",
  B3: "empty",
  B4: "team",
  B5: "control",
} as const;
type BrakeName = keyof typeof brakeNames;
const namesOfWords = new Map(
  Object.entries(brakeNames).map(([name, word]) => [word as string, name as BrakeName]),
);
/** `share`, `reader`, `empty`, `team` or `control`. */
type BrakeWord = (typeof brakeNames)[BrakeName];

/** An entity that nothing made: what evidence says of it, and what is suspicious. */
export interface BrakeCandidate {
  readonly identifier: string;
  /** `waits` = there is not enough of it yet. */
  readonly evidence: EvidenceName | "waits";
  /** Why, of one that waits. */
  readonly why: string;
  /** Whether it counts towards the share. */
  readonly counts: boolean;
  /** An object of it answered 404 in this run. */
  readonly isGone: boolean;
  /** All of its objects did. */
  readonly isAllGone: boolean;
  /** PagerDuty says that its object is there: it waits, and is no loss. */
  readonly isThere: boolean;
  /** It was made within the seven days over which the share is counted, and after the first run. */
  readonly isNew: boolean;
  /** This token itself shows its object: listed, or 200 by id. */
  readonly isShown: boolean;
  /** Its incident has left the time that is read, and is to go with it. */
  readonly isAged: boolean;
  /** What listed nothing, or let nothing through, though PagerDuty did not name it; empty = nothing. */
  readonly emptied: string;
  /** What is wrong with its team; empty = nothing. */
  readonly team: string;
  /** What the control reading of its kind says; empty = all is well. */
  readonly control: string;
  /** It is on a plan of which a person has decided on others. @default it is not */
  readonly undecided?: { readonly brake: string; readonly reason: string } | undefined;
}

/** What of a blueprint may go, in numbers of entities. */
export interface Share {
  /** Of what was held; 0 = none ever. */
  readonly threshold: number;
  /** The most that Port held in the last seven days. */
  readonly mostHeld: number;
  /** Went in the last seven days, and counts. */
  readonly before: number;
}

export interface BrakesInput {
  readonly candidates: readonly BrakeCandidate[];
  readonly share: Share;
  /** What is not settled besides the candidates. */
  readonly unsettled?: number | undefined;
  /** Why the reader is another one since the last settled run; empty where it is not. */
  readonly reader: { readonly mapping: string; readonly owner: string };
  /** A settled run is known. */
  readonly hasMemory: boolean;
  /** Whether a person lets go of an entity: only what the control reading says holds it then. */
  readonly isAllowed: (identifier: string) => boolean;
}

/** Entities that a brake holds for a person. */
interface Withheld {
  readonly brake: BrakeWord;
  readonly reason: string;
  readonly identifiers: readonly string[];
}

export interface Braked {
  readonly remove: readonly BrakeCandidate[];
  readonly waiting: readonly BrakeCandidate[];
  readonly withheld: readonly Withheld[];
}

type Brake = (candidate: BrakeCandidate, input: BrakesInput) => string;

/** The first that gives a reason holds the candidate. */
const brakes: readonly (readonly [BrakeName, Brake])[] = [
  // Nobody's word lifts this one: that by-id reading works is what every 404 rests on.
  ["B5", ({ isGone, control }) => (isGone ? control : "")],
  [
    "B2",
    ({ identifier, evidence, isShown }, input) =>
      isBraking(identifier, input) && evidence !== "E1" && !isShown ? input.reader.owner : "",
  ],
  [
    "B2",
    (candidate, input) =>
      isBraking(candidate.identifier, input) && isReadersDoing(candidate)
        ? input.reader.mapping
        : "",
  ],
  [
    "B3",
    ({ identifier, evidence, emptied }, input) =>
      isBraking(identifier, input) && evidence !== "E1" && evidence !== "E2" ? emptied : "",
  ],
  ["B4", ({ identifier, team }, input) => (isBraking(identifier, input) ? team : "")],
];

/**
 * Holds back what goes while something seems wrong with the reader: too large a share, another mapping
 * or token, an empty list, a team that is gone whole, an object that is listed and answers 404.
 */
export function applyBrakes(input: BrakesInput): Braked {
  const held = new Map<string, Withheld & { readonly identifiers: string[] }>();
  const hold = (brake: BrakeName, reason: string, { identifier }: BrakeCandidate): void => {
    const word = brakeNames[brake];
    const known = held.get(brake + reason) ?? { brake: word, reason, identifiers: [] };
    known.identifiers.push(identifier);
    held.set(brake + reason, known);
  };
  const free: BrakeCandidate[] = [];
  let isHeld = 0;
  for (const candidate of input.candidates) {
    const [brake, reason] = findBrake(candidate, input);
    if (brake === undefined) {
      free.push(candidate);
      continue;
    }
    hold(brake, reason, candidate);
    if (brake !== "B2" && isUnsettled(candidate)) isHeld += 1;
  }
  const allTaken = free.filter(({ evidence }) => evidence !== "waits");
  const allowed = allTaken.filter(({ identifier }) => input.isAllowed(identifier));
  const taken = allTaken.filter(({ identifier }) => !input.isAllowed(identifier));
  const waiting = free.filter(({ evidence }) => evidence === "waits");
  const unsettled = waiting.filter(isUnsettled).length + isHeld + (input.unsettled ?? 0);
  const share = describeShare(taken, unsettled, input);
  if (share === "") return { remove: allTaken, waiting, withheld: [...held.values()] };
  for (const candidate of taken) hold("B1", share, candidate);
  return { remove: allowed, waiting, withheld: [...held.values()] };
}

/** The most entities that may go in seven days. */
export function limitShare({ threshold, mostHeld }: Share): number {
  if (threshold === 0) return 0;
  return Math.max(
    Math.floor(threshold * mostHeld + rounding),
    Math.min(fewEntities, Math.floor(mostHeld / 2)),
  );
}

function findBrake(
  candidate: BrakeCandidate,
  input: BrakesInput,
): readonly [BrakeName, string] | readonly [undefined, ""] {
  const { undecided, identifier } = candidate;
  if (undecided !== undefined && !input.isAllowed(identifier)) {
    return [namesOfWords.get(undecided.brake) ?? "B1", undecided.reason];
  }
  for (const [name, brake] of brakes) {
    const reason = brake(candidate, input);
    if (reason !== "") return [name, reason];
  }
  return [undefined, ""];
}

/** Whether one that does not go yet counts towards the share all the same. */
function isUnsettled({ counts, evidence, isNew, isThere }: BrakeCandidate): boolean {
  return counts || (evidence === "waits" && !isNew && !isThere);
}

/** Why none of those may go that would and that nobody allowed; empty where they may. */
function describeShare(
  taken: readonly BrakeCandidate[],
  unsettled: number,
  { share }: BrakesInput,
): string {
  if (taken.length === 0) return "";
  if (share.threshold === 0) return "entityDeletionThreshold is 0";
  const counted = taken.filter(({ counts }) => counts).length;
  if (counted === 0) return "";
  const sum = share.before + counted + unsettled;
  const limit = limitShare(share);
  if (sum <= limit) return "";
  const parts = [
    `${counted} would go`,
    ...(share.before > 0 ? [`${share.before} went in the last 7 days`] : []),
    ...(unsettled > 0 ? [`${unsettled} more are not settled`] : []),
  ];
  return `${parts.join(", ")}: together more than the ${limit} of ${share.mostHeld} that may go in 7 days`;
}

/** Without memory only the share and the control reading protect. */
function isBraking(identifier: string, { hasMemory, isAllowed }: BrakesInput): boolean {
  return hasMemory && !isAllowed(identifier);
}

/** What another mapping may be the reason of: not let through, named otherwise, or not read any more. */
function isReadersDoing({ evidence, isAllGone, isAged }: BrakeCandidate): boolean {
  if (isAged || evidence === "E1" || evidence === "E5") return false;
  return !isAllGone;
}
