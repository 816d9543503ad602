import { listBlueprints } from "../../sink/port/blueprint.ts";
import { nameEntity } from "../../sink/port/port-entity.ts";
import type { PortClient } from "../../sink/port/port-client.ts";
import type { KindName } from "../../source/kinds.ts";
import type { ObjectKey } from "../../store/freshness.ts";
import type { EntityRef } from "../../store/produced.ts";
import { readRestored } from "../../store/restored.ts";
import type { SyncAction } from "../catalog-writer.ts";
import type { Allowed } from "./allowed.ts";
import type { DeletionJournal } from "./carry/delete-journalled.ts";
import type { RunStore } from "../run-store.ts";
import type { CarriedOut } from "./carry/carried-out.ts";
import { carryOut } from "./carry/carry-out.ts";
import {
  decideDeletions,
  type DecideDeletionsOptions,
  type DecidedDeletions,
} from "./decide-deletions.ts";
import { previewStubs } from "./carry/preview-stubs.ts";
import { joinReconciliations, type Reconciliation, tellActions } from "./reconciliation.ts";
import { reserveShare } from "./brakes/reserve-share.ts";
import { forgetUnseenProduced, rememberRun } from "./remember-run.ts";
import type { HeldGroup } from "../../store/plans/held-group.ts";
import { listPlanned, readDecided } from "../../store/plans/decided-entities.ts";
import { describeHeld } from "./plans/describe-held.ts";
import { createJudgedTest } from "./plans/create-judged-test.ts";
import { groupHeld, type LeftOutNames } from "./plans/group-held.ts";
import { judgeApprovals } from "./plans/judge-approvals.ts";
import type { Decisions } from "./plans/read-decisions.ts";
import { settleWithinShare } from "./carry/settle-within-share.ts";
import type { SettledRelations, SettleRelationsOptions } from "./carry/settled-relations.ts";

export interface ReconcileOptions extends DecideDeletionsOptions {
  readonly port: PortClient;
  /** Undefined only tells what would be done. */
  readonly store: RunStore | undefined;
  readonly journal: DeletionJournal;
  /** What persons have decided; `allowed` and `rejected` are of it. */
  readonly decisions: Decisions;
  /** What the mapping makes of blueprints that are not written. */
  readonly leftOut: LeftOutNames;
  /** Told what is withheld, as plans have it. */
  readonly onHeld?: ((held: readonly HeldGroup[]) => void) | undefined;
  /** What may go as a dependent, though others own it. */
  readonly allowedDependents: Allowed;
  /** Blueprints that were not written, see `createNamingCheck`. */
  readonly blocked: ReadonlyMap<string, string>;
  /** How many entities of a blueprint the run has written that were not listed as owned before it. */
  readonly countAdded: (blueprint: string) => number;
  readonly onAction?: ((action: SyncAction) => void) | undefined;
}

/** What became of all that nothing made. */
export interface Reconciled {
  readonly blueprints: readonly Reconciliation[];
  /** Kinds whose lists turned out not to be whole, with the reason. */
  readonly short: ReadonlyMap<KindName, string>;
  /** What became of what was approved, one sentence a plan. */
  readonly notices: readonly string[];
}

/** Deletes what the integration owns and nothing makes any more, as far as the policy lets it go. */
export async function reconcile(options: ReconcileOptions): Promise<Reconciled> {
  const { sql, store, onAction } = options;
  const decided = await decideDeletions(options);
  const settled = await settle(decided, options);
  const { now, allowed } = options;
  const relations =
    store === undefined ? settled : await reserveShare(settled, { sql, decided, now, allowed });
  const wanted = await leaveOutRejected(relations, options);
  const carried = await carry(wanted, decided, options);
  const blueprints = joinReconciliations(decided, wanted, carried);
  for (const blueprint of blueprints) tellActions(blueprint, onAction);
  const approvals = judgeApprovals(options.decisions.approved, {
    reconciliations: blueprints,
    isMade: (ref) => options.produced.has(ref),
    isJudged: createJudgedTest(options),
    isFull: options.isFull,
  });
  const held = groupHeld(blueprints, {
    ...options,
    isOwned: (blueprint, identifier) => options.owned.get(blueprint)?.has(identifier) === true,
  });
  const described = store === undefined ? held : await describeNewlyHeld(held, options);
  options.onHeld?.(described);
  if (store !== undefined) {
    const plans = { approvals, held: described };
    const remembered = {
      ...options,
      ...plans,
      run: store.run,
      decided,
      reconciliations: blueprints,
    };
    await sql.transaction((inside) => rememberRun({ ...remembered, sql: inside }));
    // Some at a time, and not within the transaction: events that come meanwhile must be kept at once.
    await forgetUnseenProduced(remembered);
  }
  return { blueprints, short: decided.short, notices: approvals.notices };
}

/** With titles and relations of what no plan has yet: of what is on one, that is known. */
async function describeNewlyHeld(
  held: readonly HeldGroup[],
  { sql, port, isFull, signal }: ReconcileOptions,
): Promise<readonly HeldGroup[]> {
  if (!isFull || held.length === 0) return held;
  const planned = new Set((await listPlanned(sql)).map(nameRef));
  const isKnown = (blueprint: string, identifier: string): boolean =>
    planned.has(nameEntity(blueprint, identifier));
  return describeHeld(held, { port, isKnown, signal });
}

/** A person may have rejected what was approved before the run began: that word counts as long as it can. */
async function leaveOutRejected(
  relations: SettledRelations,
  { sql, rejected: known }: ReconcileOptions,
): Promise<SettledRelations> {
  const { remove, dependents, stubs } = relations;
  if (remove.length + dependents.length + stubs.length === 0) return relations;
  const rejected = new Set(
    (await readDecided(sql)).filter(({ state }) => state === "rejected").map(nameRef),
  );
  const isNew = (ref: EntityRef): boolean => rejected.has(nameRef(ref)) && !known.has(nameRef(ref));
  const kept = [...remove, ...stubs].filter(isNew);
  if (kept.length === 0 && !dependents.some(isNew)) return relations;
  const reason = "its deletion was rejected while the run went on";
  return {
    ...relations,
    remove: remove.filter((ref) => !isNew(ref)),
    stubs: stubs.filter((ref) => !isNew(ref)),
    // What they go along with may be what was rejected; the next run takes them with the rest.
    dependents: [],
    withheld: [...relations.withheld, ...kept.map((ref) => ({ ref, reason, dependents: [] }))],
  };
}

const nothing: SettledRelations = {
  remove: [],
  dependents: [],
  stubs: [],
  needed: [],
  withheld: [],
};

/** Asks what relates to what may go. Dependents count in their own blueprint's share. */
async function settle(
  decided: DecidedDeletions,
  options: ReconcileOptions,
): Promise<SettledRelations> {
  const { port, mapping, owned, produced, allowedDependents, signal } = options;
  const removals = listRefs(decided, ({ remove }) => remove.map(({ identifier }) => identifier));
  const stubs = listRefs(decided, (one) => one.stubs);
  if (removals.length + stubs.length === 0) return nothing;
  const asked: SettleRelationsOptions = {
    port,
    blueprints: await listBlueprints(port, signal),
    mapping,
    removals,
    stubs,
    findOwned: async (refs) => {
      // What a person put back, or did not let go, does not go along either.
      const restored = new Set([
        ...(await readRestored(options.sql)).map(nameRef),
        ...options.rejected.keys(),
        ...options.undecided.keys(),
      ]);
      return refs.filter(
        (ref) =>
          owned.get(ref.blueprint)?.has(ref.identifier) === true && !restored.has(nameRef(ref)),
      );
    },
    findMade: (refs) => Promise.resolve(refs.filter((ref) => produced.has(ref))),
    isDependentAllowed: (ref) => allowedDependents.has(ref),
    signal,
  };
  return settleWithinShare(asked, decided.fitsShare);
}

async function carry(
  relations: SettledRelations,
  decided: DecidedDeletions,
  options: ReconcileOptions,
): Promise<readonly CarriedOut[]> {
  const { remove, dependents, stubs } = relations;
  if (remove.length + dependents.length + stubs.length === 0) return [];
  const { port, mapping, store, journal, sightings, startedAt, signal } = options;
  const blueprints = await listBlueprints(port, signal);
  const removals = [...remove, ...dependents];
  if (store === undefined) {
    const known = new Set(
      decided.blueprints.flatMap(({ blueprint, stubs: ofBlueprint }) =>
        ofBlueprint.map((identifier) => nameEntity(blueprint, identifier)),
      ),
    );
    return previewStubs({ port, mapping, blueprints, removals, stubs, known, signal });
  }
  const numberOf = (object: ObjectKey): number => sightings.numberOf(object) ?? store.run.number;
  const run = { store, startedAt, numberOf };
  const deletesAged = !options.keepsAged;
  const carrying = { port, blueprints, mapping, removals, stubs, journal, deletesAged };
  return carryOut({ ...carrying, run, signal });
}

function listRefs(
  { blueprints }: DecidedDeletions,
  list: (decided: DecidedDeletions["blueprints"][number]) => readonly string[],
): EntityRef[] {
  return blueprints.flatMap((decided) =>
    list(decided).map((identifier) => ({ blueprint: decided.blueprint, identifier })),
  );
}

function nameRef({ blueprint, identifier }: EntityRef): string {
  return nameEntity(blueprint, identifier);
}
