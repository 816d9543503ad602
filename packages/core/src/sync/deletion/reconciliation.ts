import type { EntityRef } from "../../store/produced.ts";
import type { SyncAction } from "../catalog-writer.ts";
import type { CarriedOut, KeptWithReason } from "./carry/carried-out.ts";
import type { DecidedBlueprint, DecidedDeletions } from "./decide-deletions.ts";
import type { SettledRelations } from "./carry/settled-relations.ts";

/** Entities that stay until a person does something, for one reason. */
export interface WithheldEntities {
  /**
   * `share`, `reader`, `empty`, `team`, `control`: see `brakeNames`; `dependents`: others cannot be without
   * them; `guard`: they cannot be judged; `refused`: Port did not delete them.
   */
  readonly brake: string;
  /** For a person. */
  readonly reason: string;
  readonly identifiers: readonly string[];
  /** What cannot be without them and may not go either. @default none */
  readonly dependents?: readonly EntityRef[] | undefined;
}

/** What became of the entities of one blueprint that nothing made. */
export interface Reconciliation {
  readonly blueprint: string;
  readonly deleted: readonly string[];
  /** Became stubs: gone, and named by incidents that stay. */
  readonly stubbed: readonly string[];
  /** Were stubs before, and stay it. */
  readonly stubs: readonly string[];
  /** Their incidents have only left the time that is read. */
  readonly aged: readonly string[];
  /** Written since the run began, or being written. */
  readonly recent: readonly string[];
  /** What was made in this run names them. */
  readonly needed: readonly string[];
  /** Not settled; the next runs look again. */
  readonly waiting: readonly KeptWithReason[];
  readonly withheld: readonly WithheldEntities[];
  /** No resource of the mapping feeds the blueprint. */
  readonly unfed: readonly string[];
}

const unsure = "Port lists it, and its search does not find it";

/** Joins what was decided, what relations left of it, and what came of it. */
export function joinReconciliations(
  { blueprints }: DecidedDeletions,
  relations: SettledRelations,
  carried: readonly CarriedOut[],
): Reconciliation[] {
  const names = new Set([...blueprints, ...carried].map(({ blueprint }) => blueprint));
  return [...names].toSorted().map((blueprint) => {
    const decided = blueprints.find((one) => one.blueprint === blueprint);
    const done = carried.find((one) => one.blueprint === blueprint);
    const isOf = ({ ref }: { readonly ref: EntityRef }): boolean => ref.blueprint === blueprint;
    const withheld = relations.withheld.filter(isOf);
    return {
      blueprint,
      deleted: done?.deleted ?? [],
      stubbed: done?.stubbed ?? [],
      stubs: done?.already ?? [],
      aged: decided?.aged ?? [],
      recent: [...(decided?.recent ?? []), ...(done?.recent ?? [])],
      needed: relations.needed.filter(isOf).map(({ ref }) => ref.identifier),
      waiting: [...listWaiting(decided), ...(done?.unsure ?? []).map(describeUnsure)],
      withheld: [
        ...(decided?.withheld ?? []),
        ...[...Map.groupBy(withheld, ({ reason }) => reason)].map(([reason, some]) => ({
          brake: "dependents",
          reason,
          identifiers: some.map(({ ref }) => ref.identifier),
          dependents: some.flatMap((one) => one.dependents),
        })),
        ...groupByReason("dependents", done?.withheld ?? []),
        ...groupByReason("refused", done?.refused ?? []),
      ],
      unfed: decided?.unfed ?? [],
    };
  });
}

/** Tells, one by one, what becomes of entities. */
export function tellActions(
  reconciliation: Reconciliation,
  onAction: ((action: SyncAction) => void) | undefined,
): void {
  if (onAction === undefined) return;
  const { blueprint, deleted, stubbed, withheld, waiting, needed, aged } = reconciliation;
  for (const identifier of deleted) onAction({ action: "delete", blueprint, identifier });
  for (const identifier of stubbed) onAction({ action: "stub", blueprint, identifier });
  for (const identifier of aged) onAction({ action: "aged", blueprint, identifier });
  for (const { identifier, reason } of waiting) {
    onAction({ action: "waiting", blueprint, identifier, reason });
  }
  for (const { reason, identifiers } of withheld) {
    for (const identifier of identifiers) {
      onAction({ action: "withheld", blueprint, identifier, reason });
    }
  }
  for (const identifier of needed) {
    const reason = "entities that were made again name it";
    onAction({ action: "needed", blueprint, identifier, reason });
  }
}

/** The identifiers that anything keeps, of a blueprint. */
export function listKept(reconciliation: Reconciliation): string[] {
  const { stubbed, stubs, aged, recent, needed, waiting, withheld, unfed } = reconciliation;
  return [
    ...[stubbed, stubs, aged, recent, needed, unfed].flat(),
    ...waiting.map(({ identifier }) => identifier),
    ...withheld.flatMap(({ identifiers }) => identifiers),
  ];
}

function listWaiting(decided: DecidedBlueprint | undefined): KeptWithReason[] {
  return (decided?.waiting ?? []).map(({ identifier, why }) => ({ identifier, reason: why }));
}

function describeUnsure(identifier: string): KeptWithReason {
  return { identifier, reason: unsure };
}

function groupByReason(brake: string, kept: readonly KeptWithReason[]): WithheldEntities[] {
  return [...Map.groupBy(kept, ({ reason }) => reason)].map(([reason, ones]) => ({
    brake,
    reason,
    identifiers: ones.map(({ identifier }) => identifier),
  }));
}
