import type { Mapping } from "../map/mapping.ts";
import { listBlueprints } from "../sink/port/blueprint.ts";
import { nameEntity } from "../sink/port/port-entity.ts";
import type { PortClient } from "../sink/port/port-client.ts";
import { type EntityRef, forgetUnseen } from "../store/produced.ts";
import type { Sql } from "../store/sql.ts";
import type { SyncAction } from "./catalog-writer.ts";
import type { DeletionJournal } from "./delete-journalled.ts";
import { type BlueprintDeleted, deleteUnproduced } from "./delete-unproduced.ts";
import { findAged } from "./find-aged.ts";
import { findRelating } from "./find-relating.ts";
import type { OwnedEntities } from "./load-owned.ts";
import { nameResource } from "./map-page.ts";
import { orderRemovals } from "./order-removals.ts";
import { describeResources } from "./describe-resources.ts";
import {
  type BlueprintDeletions,
  planDeletions,
  type PlanDeletionsInput,
  type UnproducedEntity,
} from "./plan-deletions.ts";
import type { ProducedNames } from "./produced-names.ts";
import type { ResourceCount } from "./resource-count.ts";
import type { RunStore } from "./run-store.ts";

export interface ReconcileOptions {
  readonly port: PortClient;
  readonly mapping: Mapping;
  readonly sql: Sql;
  /** Undefined only tells what would be deleted. */
  readonly store: RunStore | undefined;
  readonly owned: OwnedEntities;
  readonly produced: ProducedNames;
  /** What the run has deleted already. */
  readonly removed: readonly EntityRef[];
  /** Blueprints of entities that are found by searches whose outcome is not known. */
  readonly unnamed: ReadonlySet<string>;
  /** The resources that were read. */
  readonly counts: readonly ResourceCount[];
  readonly startedAt: number;
  readonly allowed: ReadonlySet<string>;
  readonly prune: boolean;
  /** Keeps what is of incidents that have only left the stretch of time that is read. */
  readonly keepsAged: boolean;
  readonly journal: DeletionJournal;
  /** Why nothing may be deleted by this run at all; empty where it may. */
  readonly withheldBy: string;
  readonly onAction?: ((action: SyncAction) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What became of the entities of one blueprint that nothing produces. */
export interface Reconciliation extends BlueprintDeletions {
  readonly deleted: readonly string[];
  readonly refused: readonly { readonly identifier: string; readonly reason: string }[];
}

/** Deletes what the integration owns and nothing produces any more, as far as that is certain. */
export async function reconcile(options: ReconcileOptions): Promise<Reconciliation[]> {
  const { port, mapping, sql, store, counts, signal, withheldBy } = options;
  const unproduced = listUnproduced(options);
  const refs = [...unproduced].flatMap(([blueprint, { unproduced: entities }]) =>
    entities.map(({ identifier }) => ({ blueprint, identifier })),
  );
  const aged = options.keepsAged ? await findAged(sql, refs, counts) : new Set<string>();
  const input: PlanDeletionsInput = {
    ...describeResources(mapping, counts),
    blueprints: unproduced,
    startedAt: options.startedAt,
    threshold: mapping.entityDeletionThreshold,
    allowed: options.allowed,
    unnamed: options.unnamed,
    prune: options.prune,
    isAged: (blueprint, identifier) => aged.has(nameEntity(blueprint, identifier)),
    isNeeded: () => false,
  };
  const wish = planDeletions(input);
  if (withheldBy !== "") {
    return finish(
      wish.map((plan) => withhold(plan, withheldBy)),
      [],
      options,
    );
  }
  const removals = listRemovals(wish);
  if (removals.length === 0) return finish(wish, [], options);

  const blueprints = await listBlueprints(port, signal);
  const { createMissingRelatedEntities, deleteDependentEntities } = mapping;
  const isProtected = createMissingRelatedEntities || deleteDependentEntities;
  const relating = isProtected
    ? await findRelating({
        port,
        blueprints,
        removals,
        findStaying: createStayingFinder(wish, options),
        signal,
      })
    : { needed: new Set<string>(), dependents: [] };
  const plans = planDeletions({
    ...input,
    isNeeded: (blueprint, identifier) => relating.needed.has(nameEntity(blueprint, identifier)),
  });
  const dependents = deleteDependentEntities ? relating.dependents : [];
  const byBlueprint = Map.groupBy([...listRemovals(plans), ...dependents], (ref) => ref.blueprint);
  const ordered = orderRemovals([...byBlueprint.keys()], blueprints).map((blueprint) => ({
    blueprint,
    identifiers: (byBlueprint.get(blueprint) ?? []).map(({ identifier }) => identifier),
  }));
  if (store === undefined) {
    const gone = ordered.map(({ blueprint, identifiers }) => ({
      blueprint,
      deleted: [...identifiers],
      recent: [],
      refused: [],
    }));
    return finish(plans, gone, options);
  }
  const { journal, startedAt } = options;
  const gone = await deleteUnproduced({
    port,
    removals: ordered,
    journal,
    startedAt,
    store,
    signal,
  });
  return finish(plans, gone, options);
}

/** What a run says of entities that it deleted one by one, where it deletes nothing else. */
export function reportRemoved(removed: readonly EntityRef[]): Reconciliation[] {
  const names = new Set(removed.map(({ blueprint }) => blueprint));
  return [...names].map((blueprint) => joinDeletion(blueprint, [], [], { removed }));
}

/** Joins plans with what came of them, and brings the store to that. */
async function finish(
  plans: readonly BlueprintDeletions[],
  gone: readonly BlueprintDeleted[],
  options: ReconcileOptions,
): Promise<Reconciliation[]> {
  const names = new Set([...plans, ...gone, ...options.removed].map(({ blueprint }) => blueprint));
  const results = [...names].map((blueprint) => joinDeletion(blueprint, plans, gone, options));
  for (const result of results) tellActions(result, options.onAction);
  if (options.store !== undefined) await forget(results, options.store, options);
  return results;
}

function joinDeletion(
  blueprint: string,
  plans: readonly BlueprintDeletions[],
  gone: readonly BlueprintDeleted[],
  { removed }: Pick<ReconcileOptions, "removed">,
): Reconciliation {
  const plan = plans.find((one) => one.blueprint === blueprint) ?? createPlan(blueprint);
  const deletion = gone.find((one) => one.blueprint === blueprint);
  const before = removed.filter((ref) => ref.blueprint === blueprint);
  return {
    ...plan,
    recent: [...plan.recent, ...(deletion?.recent ?? [])],
    deleted: [...(deletion?.deleted ?? []), ...before.map(({ identifier }) => identifier)],
    refused: deletion?.refused ?? [],
  };
}

/** What is known of entities that stay without being produced is kept: their age decides the next time. */
async function forget(
  results: readonly Reconciliation[],
  { sql, run }: RunStore,
  { mapping, counts }: ReconcileOptions,
): Promise<void> {
  const kept = new Set(
    results.flatMap(({ blueprint, aged, recent, needed, withheld, unfed, refused }) =>
      [aged, recent, needed, withheld, unfed, refused.map(({ identifier }) => identifier)]
        .flat()
        .map((identifier) => nameEntity(blueprint, identifier)),
    ),
  );
  const read = new Set(
    counts.filter(({ outcome }) => outcome.completion.state === "complete").map(({ name }) => name),
  );
  const except = mapping.resources.map(nameResource).filter((name) => !read.has(name));
  await forgetUnseen(sql, {
    run: run.number,
    except,
    isKept: ({ blueprint, identifier }) => kept.has(nameEntity(blueprint, identifier)),
  });
}

function listUnproduced({
  owned,
  produced,
  removed,
}: ReconcileOptions): Map<
  string,
  { readonly owned: number; readonly unproduced: readonly UnproducedEntity[] }
> {
  const isGone = new Set(removed.map((ref) => nameEntity(ref.blueprint, ref.identifier)));
  return new Map(
    [...owned].map(([blueprint, index]) => {
      const unproduced = [...index.entries()].filter(
        ({ identifier }) =>
          !produced.has({ blueprint, identifier }) &&
          !isGone.has(nameEntity(blueprint, identifier)),
      );
      return [blueprint, { owned: index.size, unproduced }];
    }),
  );
}

function listRemovals(plans: readonly BlueprintDeletions[]): EntityRef[] {
  return plans.flatMap(({ blueprint, remove }) =>
    remove.map((identifier) => ({ blueprint, identifier })),
  );
}

/** Ours that stay: what was produced, and all that is owned and is not to go. */
function createStayingFinder(
  plans: readonly BlueprintDeletions[],
  { produced, owned }: ReconcileOptions,
): (entities: readonly EntityRef[]) => Promise<readonly EntityRef[]> {
  const goes = new Set(
    listRemovals(plans).map(({ blueprint, identifier }) => nameEntity(blueprint, identifier)),
  );
  const stays = (ref: EntityRef): boolean => {
    const { blueprint, identifier } = ref;
    if (produced.has(ref)) return true;
    const isOwned = owned.get(blueprint)?.has(identifier) === true;
    return isOwned && !goes.has(nameEntity(blueprint, identifier));
  };
  return (entities) => Promise.resolve(entities.filter(stays));
}

function withhold(plan: BlueprintDeletions, reason: string): BlueprintDeletions {
  if (plan.remove.length === 0) return plan;
  return { ...plan, remove: [], withheld: [...plan.withheld, ...plan.remove], reason };
}

function createPlan(blueprint: string): BlueprintDeletions {
  return {
    blueprint,
    remove: [],
    aged: [],
    recent: [],
    needed: [],
    withheld: [],
    reason: "",
    unfed: [],
  };
}

function tellActions(
  { blueprint, deleted, withheld, needed, aged, reason }: Reconciliation,
  onAction: ReconcileOptions["onAction"],
): void {
  if (onAction === undefined) return;
  for (const identifier of deleted) onAction({ action: "delete", blueprint, identifier });
  for (const identifier of aged) onAction({ action: "aged", blueprint, identifier });
  for (const identifier of withheld) {
    onAction({ action: "withheld", blueprint, identifier, reason });
  }
  for (const identifier of needed) {
    const related = "entities that stay relate to it";
    onAction({ action: "withheld", blueprint, identifier, reason: related });
  }
}
