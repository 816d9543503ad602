import type { Mapping } from "../../map/mapping.ts";
import { listBlueprints } from "../../sink/port/blueprint.ts";
import { nameEntity } from "../../sink/port/port-entity.ts";
import type { PortClient } from "../../sink/port/port-client.ts";
import { forgetAbsences } from "../../store/deletion/absences.ts";
import { forgetDeletions, recordDeletions } from "../../store/deletion/deletions.ts";
import { type EntityRef, readProducers } from "../../store/produced.ts";
import { addToPlans } from "../../store/plans/remember-plans.ts";
import { readRestored } from "../../store/restored.ts";
import type { Sql } from "../../store/sql.ts";
import type { PauseGate } from "../pause/pause-gate.ts";
import type { DeletionJournal } from "./carry/delete-journalled.ts";
import { brakeLive, type LiveBraked, type LiveCandidate } from "./brakes/brake-live.ts";
import type { CarriedOut, KeptWithReason } from "./carry/carried-out.ts";
import { carryOut } from "./carry/carry-out.ts";
import { createOwnedFinder } from "./carry/create-owned-finder.ts";
import { noteCarriedOut } from "./carry/note-carried-out.ts";
import { groupHeldLive } from "./plans/group-held.ts";
import { readDecisions } from "./plans/read-decisions.ts";
import { settleWithinShare } from "./carry/settle-within-share.ts";
import type { SettledRelations, SettleRelationsOptions } from "./carry/settled-relations.ts";
import type { WithheldByBrake } from "./withheld-by-brake.ts";

export interface DeleteLiveOptions {
  readonly port: PortClient;
  readonly sql: Sql;
  readonly mapper: { readonly mapping: Mapping };
  readonly journal: DeletionJournal;
  readonly integrationIdentifier: string;
  /** The largest share of a blueprint that may go in seven days. */
  readonly threshold: number;
  /** What nothing makes any more, with the evidence of it. */
  readonly candidates: readonly LiveCandidate[];
  /** PagerDuty's time. */
  readonly now: number;
  /** See `BrakeLiveOptions`. */
  readonly tokenOwner: string | undefined | null;
  /** Whether deletions are paused. @default they are not */
  readonly pauses?: PauseGate | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What became of entities that nothing makes any more. */
export interface LiveDeleted {
  readonly gone: readonly EntityRef[];
  readonly stubbed: readonly EntityRef[];
  /** What others of ours made names these, or a person put them back. */
  readonly kept: readonly EntityRef[];
  readonly withheld: readonly WithheldByBrake[];
  /** Port did not delete these, or they could not be put into the journal. */
  readonly refused: readonly (EntityRef & { readonly reason: string })[];
  /** Notes it, within what ends the claim. */
  readonly note: (sql: Sql, number: number) => Promise<void>;
}

/**
 * Deletes what a live event leaves without an object, as far as brakes and relations let it go. The caller
 * holds the claim on the object.
 *
 * @throws {PausedError} where deletions are paused, and something would go
 */
export async function deleteLive(options: DeleteLiveOptions): Promise<LiveDeleted> {
  const { sql, port, mapper, journal, candidates, now, signal } = options;
  const { mapping } = mapper;
  // What a person put back, or rejected the deletion of, stays until it is made again.
  const { rejected, undecided } = await readDecisions(sql, { mapping });
  const restored = new Set([...(await readRestored(sql)).map(nameRef), ...rejected.keys()]);
  const unheld = candidates.filter((ref) => !restored.has(nameRef(ref)));
  // What the store knows to have been made may be another integration's: only Port tells.
  const findOwned = createOwnedFinder(options);
  const owned = new Set((unheld.length === 0 ? [] : await findOwned(unheld)).map(nameRef));
  const free = unheld
    .filter((ref) => owned.has(nameRef(ref)))
    .map((ref) => Object.assign({}, ref, { undecided: undecided.get(nameRef(ref)) }));
  // Before anything counts as gone, or is in the journal.
  if (free.length > 0) await options.pauses?.ensure("deletion");
  const braked = await brakeLive({ ...options, candidates: free, mapping });
  const blueprints = await listBlueprints(port, signal);
  let carried: readonly CarriedOut[] = [];
  let relations: SettledRelations = noRelations;
  try {
    relations = await settle(
      braked,
      { ...options, kept: new Set([...restored, ...undecided.keys()]) },
      blueprints,
    );
    const { remove, dependents, stubs } = relations;
    const removals = [...remove, ...dependents];
    carried = await carryOut({
      port,
      blueprints,
      mapping,
      removals,
      stubs,
      journal,
      run: undefined,
      signal,
    });
  } finally {
    // Whatever stays does not count, whether or not this came to its end.
    const done = new Set(
      [...listRefs(carried, "deleted"), ...listRefs(carried, "stubbed")].map(nameRef),
    );
    await forgetDeletions(
      sql,
      braked.remove.filter((ref) => !done.has(nameRef(ref))),
    );
  }
  const gone = listRefs(carried, "deleted");
  const stubbed = [...listRefs(carried, "stubbed"), ...listRefs(carried, "already")];
  const own = new Set(candidates.map(nameRef));
  const withheld = listWithheld(braked, relations, carried);
  // By itself, so that nobody who plans at the same time waits for what else is noted; done again, it is the same.
  const held = groupHeldLive(withheld, mapping);
  if (held.length > 0) await sql.transaction((inside) => addToPlans(inside, held));
  return {
    gone,
    stubbed,
    kept: [
      ...relations.needed.map(({ ref }) => ref),
      ...candidates.filter((ref) => restored.has(nameRef(ref))),
    ],
    withheld,
    refused: carried.flatMap(({ blueprint, refused }) =>
      refused.map(({ identifier, reason }) => ({ blueprint, identifier, reason })),
    ),
    note: async (inside, number) => {
      await noteCarriedOut(inside, carried, number);
      await forgetAbsences(inside, [...gone, ...stubbed]);
      const dependents = gone.filter((ref) => !own.has(nameRef(ref)));
      await recordDeletions(
        inside,
        dependents.map(({ blueprint, identifier }) => {
          return { blueprint, identifier, at: now, evidence: "dependent", counts: true };
        }),
      );
    },
  };
}

function listWithheld(
  braked: Pick<LiveBraked, "withheld">,
  relations: SettledRelations,
  carried: readonly CarriedOut[],
): WithheldByBrake[] {
  return [
    ...braked.withheld,
    ...relations.withheld.map(({ ref, reason }) => hold("dependents", reason, [ref])),
    ...carried.flatMap(({ blueprint, withheld, unsure }) => [
      ...groupKept(blueprint, "dependents", withheld),
      ...(unsure.length === 0
        ? []
        : [hold("unsure", "Port's search does not find it", name(blueprint, unsure))]),
    ]),
  ];
}

const noRelations: SettledRelations = {
  remove: [],
  dependents: [],
  stubs: [],
  needed: [],
  withheld: [],
};

/** Asks what relates to what may go. Dependents count in their own blueprint's share. */
async function settle(
  { remove: removals, fitsShare }: LiveBraked,
  options: DeleteLiveOptions & {
    /** What stays by a person's word, by name: it does not go along either. */
    readonly kept: ReadonlySet<string>;
  },
  blueprints: SettleRelationsOptions["blueprints"],
): Promise<SettledRelations> {
  if (removals.length === 0) return noRelations;
  const { port, sql, mapper, kept } = options;
  const { mapping } = mapper;
  const findOwned = createOwnedFinder(options);
  const asked: SettleRelationsOptions = {
    port,
    blueprints,
    mapping,
    removals,
    stubs: [],
    findOwned: async (refs) => (await findOwned(refs)).filter((ref) => !kept.has(nameRef(ref))),
    findMade: async (refs) => {
      const made = new Set((await readProducers(sql, refs)).map(nameRef));
      return refs.filter((ref) => made.has(nameRef(ref)));
    },
    isDependentAllowed: () => false,
    signal: options.signal,
  };
  return settleWithinShare(asked, fitsShare);
}

function hold(brake: string, reason: string, entities: readonly EntityRef[]): WithheldByBrake {
  return { brake, reason, entities };
}

function groupKept(
  blueprint: string,
  brake: string,
  kept: readonly KeptWithReason[],
): WithheldByBrake[] {
  return [...Map.groupBy(kept, ({ reason }) => reason)].map(([reason, ones]) =>
    hold(
      brake,
      reason,
      name(
        blueprint,
        ones.map(({ identifier }) => identifier),
      ),
    ),
  );
}

function name(blueprint: string, identifiers: readonly string[]): EntityRef[] {
  return identifiers.map((identifier) => ({ blueprint, identifier }));
}

function listRefs(
  carried: readonly CarriedOut[],
  sort: "deleted" | "stubbed" | "already",
): EntityRef[] {
  return carried.flatMap((one) => name(one.blueprint, one[sort]));
}

function nameRef({ blueprint, identifier }: EntityRef): string {
  return nameEntity(blueprint, identifier);
}
