import type { Mapping } from "../../map/mapping.ts";
import { nameEntity } from "../../sink/port/port-entity.ts";
import type { KindName } from "../../source/kinds.ts";
import type { PagerDutyClient } from "../../source/pagerduty-client.ts";
import { type Absence, readAbsences } from "../../store/deletion/absences.ts";
import type { ObjectKey } from "../../store/freshness.ts";
import {
  type EntityRef,
  type ProducedEntity,
  readProduced,
  readProducers,
} from "../../store/produced.ts";
import type { Sql } from "../../store/sql.ts";
import { readStubs } from "../../store/stubs.ts";
import type { OwnedEntities } from "../load-owned.ts";
import { readKind, readObjectId } from "../object-key.ts";
import type { ProducedNames } from "../produced-names.ts";
import type { ResourceCount } from "../resource-count.ts";
import { askCandidates, type CandidatesAsked } from "./evidence/ask-candidates.ts";
import { askAgain } from "./evidence/ask-again.ts";
import { brakeBlueprints, type BrakedBlueprint } from "./brakes/brake-blueprints.ts";
import { checkGuards, type GuardedBlueprint, type UnproducedEntity } from "./check-guards.ts";
import { describeResources } from "./describe-resources.ts";
import { findAged } from "./evidence/find-aged.ts";
import {
  type Candidate,
  findObjects,
  gatherKnowledge,
  type Seen,
  nameLoss,
} from "./evidence/gather-knowledge.ts";
import { betweenReadings, judgeEvidence, type Judgement } from "./evidence/judge-evidence.ts";
import type { RunSightings } from "./evidence/run-sightings.ts";

/** More objects than one, and than this share of their list, that it lacks and that answer by id. */
const mostOverlooked = 0.01;

export interface DecideDeletionsOptions {
  readonly client: PagerDutyClient;
  /** Requests of the run so far. */
  readonly requests: number;
  readonly mapping: Mapping;
  readonly sql: Sql;
  /** Whether the run read everything; one that did not only confirms what others have found. */
  readonly isFull: boolean;
  readonly owned: OwnedEntities;
  readonly produced: ProducedNames;
  /** Blueprints of entities that are found by searches whose outcome is not known. */
  readonly unnamed: ReadonlySet<string>;
  /** The resources that were read. */
  readonly counts: readonly ResourceCount[];
  readonly sightings: RunSightings;
  /** PagerDuty's time when the run began, milliseconds since 1970. */
  readonly now: number;
  /** When the run began, by Port's clock, milliseconds since 1970. */
  readonly startedAt: number;
  /** See `readTokenOwner`. */
  readonly tokenOwner: string | undefined;
  /** The largest share of a blueprint that may go in seven days. */
  readonly threshold: number;
  readonly keepsAged: boolean;
  readonly allowed: ReadonlySet<string>;
  readonly prune: boolean;
  /** Why nothing may be deleted by this run at all; empty where it may. */
  readonly withheldBy: string;
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
  readonly waiting: BrakedBlueprint["waiting"];
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
  /** Blueprints of which a person lets go what this run would delete. */
  readonly allowed: ReadonlySet<string>;
  /** Whether so many more of a blueprint may go as dependents of others. */
  readonly fitsShare: (blueprint: string, dependents: number) => boolean;
  /** Whether what counts may go still, where so many have gone by now, those of others included. */
  readonly fitsStill: (blueprint: string, gone: number, taken: number) => boolean;
}

interface Known {
  readonly unproduced: ReadonlyMap<string, readonly UnproducedEntity[]>;
  /** What made them before, by their names. */
  readonly rows: ReadonlyMap<string, readonly ProducedEntity[]>;
  readonly absences: ReadonlyMap<string, Absence>;
  readonly aged: ReadonlySet<string>;
  /** Those of the aged whose incidents this run has not seen: they may be very many. */
  readonly agedUnseen: ReadonlySet<string>;
  readonly stubs: ReadonlySet<string>;
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
  const short = new Map<KindName, string>();
  let guarded = guard(options, known, short);
  const asked = await ask(guarded, options, known);
  await applyAnswered(asked, short, options);
  guarded = guard(options, known, short);
  const candidates = listCandidates(guarded, options, known);
  const seen: Seen = {
    sightings: options.sightings,
    ...asked,
    aged: known.aged,
    isKnown: ({ blueprint, identifier }) => options.owned.get(blueprint)?.has(identifier) === true,
    losses: countLosses(candidates),
  };
  const unread = candidates
    .map((candidate) => judge(candidate, seen, options, known))
    .find(({ verdict }) => verdict === "unread");
  if (unread?.verdict === "unread") short.set("oncalls", unread.why);
  const braked = await brakeBlueprints({
    ...options,
    candidates,
    absences: known.absences,
    stubs: known.stubs,
    seen,
    unread: unread?.verdict === "unread" ? unread.why : "",
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
    blueprints: guarded.map((one) => join(one, sure.get(one.blueprint))),
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

async function findKnown(options: DecideDeletionsOptions): Promise<Known> {
  const { sql, counts, mapping, sightings, isFull } = options;
  const absences = new Map((await readAbsences(sql)).map((one) => [nameRef(one), one]));
  const only = isFull ? undefined : await listConfirmable(options, absences);
  const unproduced = listUnproduced(options, only);
  const refs = [...unproduced].flatMap(([blueprint, entities]) =>
    entities.map(({ identifier }) => ({ blueprint, identifier })),
  );
  const rows = Map.groupBy(await readProducers(sql, refs), nameRef);
  const aged = findAged(refs, (ref) => rows.get(nameRef(ref)) ?? [], counts);
  const isSeen = (ref: EntityRef): boolean =>
    findObjects(ref, rows.get(nameRef(ref)) ?? [], mapping).objects.some((object) =>
      sightings.has(object),
    );
  const agedUnseen = new Set(
    refs.filter((ref) => aged.has(nameRef(ref)) && !isSeen(ref)).map(nameRef),
  );
  const stubs = new Set((await readStubs(sql)).map(nameRef));
  return { unproduced, rows, absences, aged, agedUnseen, stubs };
}

/** Of a run that did not read everything: what objects that it read by id made before, and what one 404 is known of. */
async function listConfirmable(
  { sql, sightings, now }: DecideDeletionsOptions,
  absences: ReadonlyMap<string, Absence>,
): Promise<ReadonlySet<string>> {
  const made = await readProduced(sql, [...sightings.found]);
  const confirmed = [...absences.values()].filter(
    ({ goneAt, namedAt }) =>
      namedAt !== undefined || (goneAt !== undefined && now - goneAt >= betweenReadings),
  );
  return new Set([...made, ...confirmed].map(nameRef));
}

function listUnproduced(
  { owned, produced }: DecideDeletionsOptions,
  only: ReadonlySet<string> | undefined,
): Known["unproduced"] {
  return new Map(
    [...owned].map(([blueprint, index]) => [
      blueprint,
      [...index.entries()].filter(
        ({ identifier }) =>
          !produced.has({ blueprint, identifier }) &&
          only?.has(nameEntity(blueprint, identifier)) !== false,
      ),
    ]),
  );
}

function guard(
  options: DecideDeletionsOptions,
  { agedUnseen, stubs, unproduced }: Known,
  short: ReadonlyMap<KindName, string>,
): GuardedBlueprint[] {
  const { mapping, counts, produced, keepsAged } = options;
  const left = [...unproduced].map(
    ([blueprint, entities]) =>
      [
        blueprint,
        entities.filter(({ identifier }) => !produced.has({ blueprint, identifier })),
      ] as const,
  );
  return checkGuards({
    ...describeResources(mapping, counts, short),
    unproduced: new Map(left),
    startedAt: options.startedAt,
    unnamed: options.unnamed,
    prune: options.prune,
    withheldBy: options.withheldBy,
    isAged: (blueprint, identifier) =>
      keepsAged && agedUnseen.has(nameEntity(blueprint, identifier)),
    isStub: (blueprint, identifier) => stubs.has(nameEntity(blueprint, identifier)),
  });
}

function listCandidates(
  guarded: readonly GuardedBlueprint[],
  { produced, mapping }: DecideDeletionsOptions,
  { rows }: Known,
): Candidate[] {
  return guarded.flatMap(({ blueprint, candidates }) =>
    candidates
      .map((identifier) => ({ blueprint, identifier }))
      .filter((ref) => !produced.has(ref))
      .map((ref) => findObjects(ref, rows.get(nameRef(ref)) ?? [], mapping)),
  );
}

function ask(
  guarded: readonly GuardedBlueprint[],
  options: DecideDeletionsOptions,
  known: Known,
): Promise<CandidatesAsked> {
  const candidates = listCandidates(guarded, options, known)
    .filter((candidate) => isOpen(candidate, options))
    .map((candidate) => ({
      candidate,
      absence: known.absences.get(nameRef(candidate)),
      isAllowed: options.allowed.has(candidate.blueprint),
    }));
  return askCandidates({ ...options, candidates, confirmsOnly: !options.isFull });
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
    const listed = Math.max(
      0,
      ...counts.filter(({ resource }) => resource.kind === kind).map((one) => one.outcome.objects),
    );
    if (passing.length > 1 && passing.length > mostOverlooked * listed) {
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

function judge(
  candidate: Candidate,
  seen: Seen,
  { mapping, now, keepsAged }: DecideDeletionsOptions,
  { absences }: Known,
): Judgement {
  const absence = absences.get(nameRef(candidate)) ?? noAbsence(candidate);
  const context = { now, isOneEnough: false, keepsAged };
  return judgeEvidence(gatherKnowledge(candidate, mapping, seen), absence, context);
}

function noAbsence({ blueprint, identifier }: EntityRef): Absence {
  return {
    blueprint,
    identifier,
    unlistedAt: undefined,
    goneAt: undefined,
    askedAt: undefined,
    namedAt: undefined,
  };
}

function join(guarded: GuardedBlueprint, braked: BrakedBlueprint | undefined): DecidedBlueprint {
  const { blueprint, aged, stubs, recent, unfed, withheld, reason } = guarded;
  return {
    blueprint,
    stubs,
    recent,
    unfed,
    aged: [...aged, ...(braked?.aged ?? [])],
    remove: braked?.remove ?? [],
    waiting: braked?.waiting ?? [],
    withheld: [
      ...(withheld.length === 0 ? [] : [{ brake: "guard", reason, identifiers: withheld }]),
      ...(braked?.withheld ?? []),
    ],
  };
}

function nameRef({ blueprint, identifier }: EntityRef): string {
  return nameEntity(blueprint, identifier);
}
