import { nameEntity } from "../../sink/port/port-entity.ts";
import type { KindName } from "../../source/kinds.ts";
import type { PagerDutyClient } from "../../source/pagerduty-client.ts";
import { type Absence, noAbsence } from "../../store/deletion/absences.ts";
import type { ObjectKey } from "../../store/freshness.ts";
import type { EntityRef, ProducedEntity } from "../../store/produced.ts";
import { readRestored } from "../../store/restored.ts";
import { readKind, readObjectId } from "../object-key.ts";
import type { ResourceCount } from "../resource-count.ts";
import type { Allowed } from "./allowed.ts";
import { doubtSchedules } from "./evidence/doubt-schedules.ts";
import { askCandidates, type CandidatesAsked } from "./evidence/ask-candidates.ts";
import { askAgain } from "./evidence/ask-again.ts";
import {
  brakeBlueprints,
  type BrakeBlueprintsOptions,
  type BrakedBlueprint,
} from "./brakes/brake-blueprints.ts";
import type { GuardedBlueprint } from "./check-guards.ts";
import {
  type Candidate,
  gatherKnowledge,
  nameLoss,
  type Seen,
} from "./evidence/gather-knowledge.ts";
import { describeRestored, holdDecided, type PersonHeld } from "./hold-decided.ts";
import { judgeEvidence } from "./evidence/judge-evidence.ts";
import {
  findKnown,
  type FindKnownOptions,
  guardKnown,
  type Known,
  listCandidates,
} from "./find-known.ts";

/** More objects than one, and than this share of their list, that it lacks and that answer by id. */
const mostOverlooked = 0.01;

export interface DecideDeletionsOptions extends FindKnownOptions {
  readonly client: PagerDutyClient;
  /** Requests of the run so far. */
  readonly requests: number;
  /** See `readTokenOwner`. */
  readonly tokenOwner: string | undefined;
  /** Whether the token is the same still. @default it is */
  readonly isSameToken?: (() => boolean) | undefined;
  /** The largest share of a blueprint that may go in seven days. */
  readonly threshold: number;
  /** What a person lets go of. */
  readonly allowed: Allowed;
  /** Why entities stay whose deletion a person rejected, by their names. */
  readonly rejected: ReadonlyMap<string, string>;
  /** See `Decisions`. */
  readonly undecided: BrakeBlueprintsOptions["undecided"];
  /** Brings objects that answered by id to their present state, as if they had been listed. */
  readonly applyFound: (kind: KindName, ids: readonly string[]) => Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/** What is to become of the entities of one blueprint that nothing made. */
export interface DecidedBlueprint extends Omit<
  GuardedBlueprint,
  "candidates" | "reason" | "withheld"
> {
  readonly remove: BrakedBlueprint["remove"];
  readonly waiting: readonly Pick<BrakedBlueprint["waiting"][number], "identifier" | "why">[];
  /** By brakes, and by guards, which have no name. */
  readonly withheld: readonly {
    readonly brake: string;
    readonly reason: string;
    readonly identifiers: readonly string[];
  }[];
}

export interface DecidedDeletions {
  readonly blueprints: readonly DecidedBlueprint[];
  /** Kinds whose lists turned out not to be whole, with the reason. */
  readonly short: ReadonlyMap<KindName, string>;
  /** What is known now of what is absent and not settled. */
  readonly absences: readonly Absence[];
  /** The objects of what may go, by the entity's name. */
  readonly objects: ReadonlyMap<string, readonly ObjectKey[]>;
  /** What a person lets go of. */
  readonly allowed: Allowed;
  /** Whether so many more of a blueprint may go as dependents of others. */
  readonly fitsShare: (blueprint: string, dependents: number) => boolean;
  /** Whether what counts may go still, where so many have gone by now, those of others included. */
  readonly fitsStill: (blueprint: string, gone: number, taken: number) => boolean;
}

/**
 * Decides what becomes of everything that the integration owns and nothing made: first what can be
 * judged at all, then what is known of it, then whether something is wrong with the reader. Nothing is
 * written; what was found by id is applied as if it had been listed.
 *
 * @throws what a reading throws that ends a run: a refused token
 */
export async function decideDeletions(options: DecideDeletionsOptions): Promise<DecidedDeletions> {
  const known = await findKnown(options);
  const stays = await listStaying(options);
  const short = new Map<KindName, string>();
  let { guarded, held } = holdDecided(guardKnown(options, known, short), stays);
  const asked = await ask(guarded, options, known);
  await applyAnswered(asked, short, options);
  ({ guarded, held } = holdDecided(guardKnown(options, known, short), stays));
  const candidates = listCandidates(guarded, options, known);
  const seen: Seen = {
    sightings: options.sightings,
    ...asked,
    aged: known.aged,
    isKnown: (ref) => isOwned(ref, options),
    losses: countLosses(candidates),
  };
  const unread = findUnread(candidates, seen, options, known);
  if (unread !== "") short.set("oncalls", unread);
  const braked = await brakeBlueprints({
    ...options,
    tokenOwner: options.isSameToken?.() === false ? undefined : options.tokenOwner,
    candidates,
    absences: known.absences,
    stubs: known.stubs,
    seen,
    unread,
    judge: (candidate, absence, isOneEnough) =>
      judgeEvidence(gatherKnowledge(candidate, options.mapping, seen), absence, {
        now: options.now,
        isOneEnough,
        keepsAged: options.keepsAged,
      }),
  });
  const byName = new Map(candidates.map((candidate) => [nameRef(candidate), candidate]));
  const sure = await askAgain(braked.blueprints, {
    ...options,
    find: (blueprint, identifier) => byName.get(nameEntity(blueprint, identifier)),
  });
  return {
    blueprints: guarded.map((one) =>
      join(one, sure.get(one.blueprint), held.get(one.blueprint) ?? []),
    ),
    short,
    absences: braked.absences,
    allowed: options.allowed,
    fitsShare: braked.fitsShare,
    fitsStill: braked.fitsStill,
    objects: new Map(
      candidates.map((candidate) => [
        nameEntity(candidate.blueprint, candidate.identifier),
        candidate.objects,
      ]),
    ),
  };
}

/** What stays by a person's word, and why. */
async function listStaying({
  sql,
  rejected,
}: DecideDeletionsOptions): Promise<ReadonlyMap<string, string>> {
  const restored = (await readRestored(sql)).map(
    (ref) => [nameRef(ref), describeRestored(ref.blueprint)] as const,
  );
  return new Map([...rejected, ...restored]);
}

async function ask(
  guarded: readonly GuardedBlueprint[],
  options: DecideDeletionsOptions,
  known: Known,
): Promise<CandidatesAsked> {
  const candidates = listCandidates(guarded, options, known)
    .filter((candidate) => isOpen(candidate, options))
    .map((candidate) => ({
      candidate,
      absence: known.absences.get(nameRef(candidate)),
      isAllowed: options.allowed.has(candidate),
    }));
  const asked = await askCandidates({
    ...options,
    candidates,
    isKnown: (ref) => isOwned(ref, options),
    confirmsOnly: !options.isFull,
  });
  return { ...asked, answers: await doubtSchedules(asked.answers, options.sql) };
}

/** Whether Port had it when the run began. */
function isOwned({ blueprint, identifier }: EntityRef, { owned }: DecideDeletionsOptions): boolean {
  return owned.get(blueprint)?.has(identifier) === true;
}

/** Whether its end has not passed, so that it is worth asking for. */
function isOpen({ rows }: Candidate, { now }: DecideDeletionsOptions): boolean {
  const isOver = ({ endsAt }: ProducedEntity): boolean => endsAt !== undefined && endsAt <= now;
  return rows.length === 0 || !rows.every(isOver);
}

/** Applies what answered by id, and notes kinds that have too much of what their list lacked. */
async function applyAnswered(
  { answers }: CandidatesAsked,
  short: Map<KindName, string>,
  { sightings, counts, applyFound }: DecideDeletionsOptions,
): Promise<void> {
  const found = [...answers].filter(([, answer]) => answer === "found").map(([key]) => key);
  for (const [kind, keys] of Map.groupBy(found, readKind)) {
    if (kind === undefined) continue;
    await applyFound(kind, keys.map(readObjectId));
    const passing = keys.filter((key) => (sightings.find(key)?.blueprints.length ?? 0) > 0);
    if (areMany(passing.length, kind, counts)) {
      const [first] = passing;
      short.set(
        kind,
        `PagerDuty's list lacked ${passing.length} objects that it has when asked for them by id, such as ${first}`,
      );
    }
  }
}

/** How many entities of a blueprint each object makes no more. */
function countLosses(candidates: readonly Candidate[]): ReadonlyMap<string, number> {
  const losses = new Map<string, number>();
  for (const { blueprint, objects } of candidates) {
    for (const object of objects) {
      const name = nameLoss(object, blueprint);
      losses.set(name, (losses.get(name) ?? 0) + 1);
    }
  }
  return losses;
}

/** Whether so many are too many for a list to have lacked by chance. */
function areMany(count: number, kind: KindName, counts: readonly ResourceCount[]): boolean {
  const listed = Math.max(
    0,
    ...counts.filter(({ resource }) => resource.kind === kind).map((one) => one.outcome.objects),
  );
  return count > 1 && count > mostOverlooked * listed;
}

/** Why on-calls were not read whole, though their list ended; empty where they were. */
function findUnread(
  candidates: readonly Candidate[],
  seen: Seen,
  { mapping, now, keepsAged, counts }: DecideDeletionsOptions,
  { absences }: Known,
): string {
  const context = { now, isOneEnough: false, keepsAged };
  const unread = candidates.flatMap((candidate) => {
    const absence = absences.get(nameRef(candidate)) ?? noAbsence(candidate);
    const judgement = judgeEvidence(gatherKnowledge(candidate, mapping, seen), absence, context);
    return judgement.verdict === "unread" ? [judgement.why] : [];
  });
  const [why = ""] = unread;
  return areMany(unread.length, "oncalls", counts) ? why : "";
}

function join(
  guarded: GuardedBlueprint,
  braked: BrakedBlueprint | undefined,
  held: readonly PersonHeld[],
): DecidedBlueprint {
  const { blueprint, aged, stubs, recent, unfed, withheld, reason } = guarded;
  return {
    blueprint,
    stubs,
    recent,
    unfed,
    aged: [...aged, ...(braked?.aged ?? [])],
    remove: braked?.remove ?? [],
    waiting: [...held, ...(braked?.waiting ?? [])],
    withheld: [
      ...(withheld.length === 0 ? [] : [{ brake: "guard", reason, identifiers: withheld }]),
      ...(braked?.withheld ?? []),
    ],
  };
}

function nameRef({ blueprint, identifier }: EntityRef): string {
  return nameEntity(blueprint, identifier);
}
