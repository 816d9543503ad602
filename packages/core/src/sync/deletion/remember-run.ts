import type { Mapping } from "../../map/mapping.ts";
import { nameEntity } from "../../sink/port/port-entity.ts";
import { forgetAbsences, keepAbsences, readAbsences } from "../../store/deletion/absences.ts";
import {
  forgetDeletions,
  type PastDeletion,
  pruneDeletions,
  readCounted,
  readDeleted,
  recordDeletions,
} from "../../store/deletion/deletions.ts";
import { type HeldCount, keepHeld } from "../../store/deletion/held-counts.ts";
import { keepTeams, markTeamsGone, pruneTeams } from "../../store/deletion/object-teams.ts";
import {
  keepSettledRuns,
  type ResourceMemory,
  readSettledRuns,
} from "../../store/deletion/settled-runs.ts";
import { clearTombstones, type ObjectKey } from "../../store/freshness.ts";
import { type EntityRef, forgetUnseen } from "../../store/produced.ts";
import { forgetDecided, readDecided } from "../../store/plans/decided-entities.ts";
import type { HeldGroup } from "../../store/plans/held-group.ts";
import { lockPlans } from "../../store/plans/lock-plans.ts";
import { addToPlans, rememberPlans } from "../../store/plans/remember-plans.ts";
import { forgetRestored, readRestored } from "../../store/restored.ts";
import type { Run } from "../../store/runs.ts";
import type { Sql } from "../../store/sql.ts";
import { forgetProducedStubs, readStubs } from "../../store/stubs.ts";
import type { OwnedEntities } from "../load-owned.ts";
import { nameResource } from "../map-page.ts";
import type { ProducedNames } from "../produced-names.ts";
import type { ResourceCount } from "../resource-count.ts";
import type { DecidedDeletions } from "./decide-deletions.ts";
import { describeReader } from "./brakes/describe-reader.ts";
import { mayMake } from "../may-make.ts";
import { shareSpan } from "./brakes/measure-share.ts";
import { createJudgedTest } from "./plans/create-judged-test.ts";
import type { JudgedApprovals } from "./plans/judge-approvals.ts";
import { unplannedBrakes } from "./plans/planned-brakes.ts";
import type { Decisions } from "./plans/read-decisions.ts";
import { listKept, type Reconciliation } from "./reconciliation.ts";
import type { RunSightings } from "./evidence/run-sightings.ts";

export interface RememberRunOptions {
  readonly sql: Sql;
  readonly run: Run;
  readonly isFull: boolean;
  readonly mapping: Mapping;
  readonly owned: OwnedEntities;
  readonly produced: ProducedNames;
  readonly counts: readonly ResourceCount[];
  readonly sightings: RunSightings;
  readonly now: number;
  readonly tokenOwner: string | undefined;
  readonly blocked: ReadonlyMap<string, string>;
  readonly countAdded: (blueprint: string) => number;
  readonly decided: DecidedDeletions;
  readonly reconciliations: readonly Reconciliation[];
  readonly decisions: Decisions;
  readonly approvals: JudgedApprovals;
  /** What is withheld, as plans have it. */
  readonly held: readonly HeldGroup[];
}

/**
 * Notes what a run has learnt for the runs that follow: what is absent, what went, what is settled. Within
 * a transaction.
 */
export async function rememberRun(options: RememberRunOptions): Promise<void> {
  await rememberDeletions(options);
  await rememberAbsences(options);
  const { sql, run, sightings } = options;
  // What is made again is a stub no more.
  await forgetProducedStubs(sql);
  const restored = await readRestored(sql);
  await forgetRestored(
    sql,
    restored.filter((ref) => options.produced.has(ref)),
  );
  await rememberDecisions(options);
  await clearTombstones(sql, run.number, (object) => sightings.has(object));
  if (!options.isFull) return;
  await keepTeams(sql, sightings.listTeams());
  await rememberHeld(options);
  await rememberSettled(options);
}

/** What was decided has had its effect, or means nothing any more; what is withheld is on a plan. */
async function rememberDecisions(options: RememberRunOptions): Promise<void> {
  const { sql, run, isFull, produced, decisions, approvals, held, reconciliations } = options;
  await lockPlans(sql);
  const rejected = (await readDecided(sql)).filter(
    (one) => one.state === "rejected" && produced.has(one),
  );
  await forgetDecided(sql, "approved", approvals.settled);
  await forgetDecided(sql, "rejected", [...decisions.void, ...rejected]);
  // A run that did not read everything knows of a part of what is withheld.
  if (!isFull) {
    await addToPlans(sql, held);
    return;
  }
  const followed = new Set(decisions.approved.map(nameRef));
  const undecided = new Set(
    reconciliations.flatMap(({ blueprint, withheld }) =>
      withheld
        .filter(({ brake }) => unplannedBrakes.has(brake))
        .flatMap(({ identifiers }) => identifiers.map((one) => nameEntity(blueprint, one))),
    ),
  );
  await rememberPlans(sql, {
    run: run.number,
    isJudged: createJudgedTest(options),
    held,
    isUndecided: (ref) => undecided.has(nameRef(ref)),
    hasFollowed: (ref) => followed.has(nameRef(ref)),
  });
}

/** What went, and what counts of it; what is back counts no more. */
async function rememberDeletions({
  sql,
  now,
  produced,
  decided,
  reconciliations,
}: RememberRunOptions): Promise<void> {
  const judged = new Map(
    decided.blueprints.flatMap(({ blueprint, remove }) =>
      remove.map((one) => [nameEntity(blueprint, one.identifier), one] as const),
    ),
  );
  const gone = reconciliations.flatMap(({ blueprint, deleted, stubbed }) =>
    [...deleted, ...stubbed].map((identifier): PastDeletion => {
      const one = judged.get(nameEntity(blueprint, identifier));
      // Its dependents went with something else, and what a person allowed does not count.
      const counts = one === undefined || one.counts;
      const isAllowed = decided.allowed.has({ blueprint, identifier });
      const evidence = one?.evidence ?? "dependent";
      return { blueprint, identifier, at: now, evidence, counts: counts && !isAllowed };
    }),
  );
  // A stub that goes at last counted when it became one.
  const stubs = new Set(
    decided.blueprints.flatMap(({ blueprint, stubs: known }) =>
      known.map((identifier) => nameEntity(blueprint, identifier)),
    ),
  );
  const counted = await readCounted(sql, now - shareSpan);
  const isStub = new Set(
    reconciliations.flatMap(({ blueprint, stubbed }) =>
      stubbed.map((identifier) => nameEntity(blueprint, identifier)),
    ),
  );
  const fresh = gone.filter((one) => isStub.has(nameRef(one)) || !stubs.has(nameRef(one)));
  // What was to go, and stays after all, does not count.
  const done = new Set(gone.map(nameRef));
  const kept = decided.blueprints
    .flatMap(({ blueprint, remove }) => remove.map(({ identifier }) => ({ blueprint, identifier })))
    .filter((ref) => !done.has(nameRef(ref)));
  await forgetDeletions(sql, [...counted.filter((ref) => produced.has(ref)), ...kept]);
  await recordDeletions(sql, fresh);
  await pruneDeletions(sql, now - shareSpan);
  const objectsOf = (ref: EntityRef): readonly ObjectKey[] =>
    decided.objects.get(nameRef(ref)) ?? [];
  const named = new Set(
    decided.absences.filter(({ namedAt }) => namedAt !== undefined).map(nameRef),
  );
  for (const isNamed of [true, false]) {
    const objects = gone.filter((ref) => named.has(nameRef(ref)) === isNamed).flatMap(objectsOf);
    await markTeamsGone(sql, objects, { at: now, isNamed });
  }
  await pruneTeams(sql, now - shareSpan);
}

async function rememberAbsences({
  sql,
  isFull,
  produced,
  owned,
  decided,
  reconciliations,
}: RememberRunOptions): Promise<void> {
  const gone = new Set(
    reconciliations.flatMap(({ blueprint, deleted, stubbed, stubs }) =>
      [...deleted, ...stubbed, ...stubs].map((identifier) => nameEntity(blueprint, identifier)),
    ),
  );
  // What a live event has taken since the run looked is settled, whatever the run thinks of it.
  for (const ref of await readDeleted(sql)) gone.add(nameRef(ref));
  const kept = decided.absences.filter((one) => !gone.has(nameRef(one)));
  const isKept = new Set(kept.map(nameRef));
  const settled = (await readAbsences(sql)).filter((one) => {
    const name = nameRef(one);
    if (isKept.has(name)) return false;
    // Its object was seen again, if it is held back for another reason now.
    if (produced.has(one) || gone.has(name) || decided.objects.has(name)) return true;
    return isFull && owned.get(one.blueprint)?.has(one.identifier) !== true;
  });
  await forgetAbsences(sql, settled);
  await keepAbsences(sql, kept);
}

async function rememberHeld(options: RememberRunOptions): Promise<void> {
  const { sql, run, now, owned, reconciliations, countAdded } = options;
  const stubs = Map.groupBy(await readStubs(sql), ({ blueprint }) => blueprint);
  const counts = listBlueprintNames(options).map((blueprint): HeldCount => {
    const result = reconciliations.find((one) => one.blueprint === blueprint);
    const before = owned.get(blueprint)?.size ?? 0;
    const entities =
      before +
      countAdded(blueprint) -
      (result?.deleted.length ?? 0) -
      (stubs.get(blueprint)?.length ?? 0);
    return { blueprint, at: now, run: run.number, entities: Math.max(0, entities) };
  });
  await keepHeld(sql, counts, now - shareSpan);
}

async function rememberSettled(options: RememberRunOptions): Promise<void> {
  const { sql, run, now, mapping, counts, decided, tokenOwner, blocked, reconciliations } = options;
  if (tokenOwner === undefined) return;
  const before = await readSettledRuns(sql);
  const settled = listBlueprintNames(options).flatMap((blueprint) => {
    const feeding = mapping.resources.filter(({ entities }) =>
      entities.some((template) => mayMake(template, blueprint)),
    );
    const read = feeding.map((resource) =>
      counts.find((one) => one.resource.index === resource.index),
    );
    const isWhole = read.every(
      (count) =>
        count?.outcome.completion.state === "complete" && !decided.short.has(count.resource.kind),
    );
    const result = reconciliations.find((one) => one.blueprint === blueprint);
    const isWithheld = blocked.has(blueprint) || (result?.withheld.length ?? 0) > 0;
    const reader = describeReader(mapping, blueprint);
    const last = before.get(blueprint);
    const isOther =
      last !== undefined && (last.reader !== reader || last.tokenOwner !== tokenOwner);
    // What was written just now was not judged: another reader would be taken for the one that is known.
    const isUnjudged = isOther && (result?.recent.length ?? 0) > 0;
    if (feeding.length === 0 || !isWhole || isWithheld || isUnjudged) return [];
    const resources: Record<string, ResourceMemory> = {};
    for (const count of read) {
      if (count === undefined) continue;
      resources[count.name] = { objects: count.outcome.objects, passed: count.passed };
    }
    const firstRun = last?.firstRun ?? run.number;
    return [{ blueprint, run: run.number, at: now, reader, tokenOwner, resources, firstRun }];
  });
  await keepSettledRuns(sql, settled);
}

/**
 * Forgets what objects produced that a full run has not seen. What is known of entities that stay without
 * being made is kept: it decides the next time.
 */
export async function forgetUnseenProduced({
  sql,
  isFull,
  run,
  mapping,
  counts,
  decided,
  blocked,
  reconciliations,
}: RememberRunOptions): Promise<void> {
  if (!isFull) return;
  const kept = new Set(
    reconciliations.flatMap((result) =>
      listKept(result).map((identifier) => nameEntity(result.blueprint, identifier)),
    ),
  );
  const read = new Set(
    counts
      .filter(({ outcome, resource }) => {
        return outcome.completion.state === "complete" && !decided.short.has(resource.kind);
      })
      .map(({ name }) => name),
  );
  const except = mapping.resources.map(nameResource).filter((name) => !read.has(name));
  await forgetUnseen(sql, {
    run: run.number,
    except,
    isKept: (ref) => blocked.has(ref.blueprint) || kept.has(nameRef(ref)),
  });
}

/** Blueprints that the integration has something of, or whose resources were read. */
function listBlueprintNames({ owned, counts }: RememberRunOptions): string[] {
  const fed = counts.flatMap(({ blueprints, produced }) => [...(blueprints ?? []), ...produced]);
  return [...new Set([...owned.keys(), ...fed])].toSorted();
}

function nameRef({ blueprint, identifier }: EntityRef): string {
  return nameEntity(blueprint, identifier);
}
