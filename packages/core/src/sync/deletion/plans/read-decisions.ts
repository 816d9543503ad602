import type { Mapping } from "../../../map/mapping.ts";
import { nameEntity } from "../../../sink/port/port-entity.ts";
import { type DecidedEntity, readDecided } from "../../../store/plans/decided-entities.ts";
import type { EntityRef } from "../../../store/produced.ts";
import type { Sql } from "../../../store/sql.ts";
import { type Allowed, createAllowed } from "../allowed.ts";
import { describeReader } from "../brakes/describe-reader.ts";

/** What persons have decided, as far as it holds for a mapping. */
export interface Decisions {
  /** What may go. */
  readonly allowed: Allowed;
  /** What may go as a dependent, whoever owns it. */
  readonly allowedDependents: Allowed;
  /** Blueprints that a changed mapping may write under new names. */
  readonly mappings: ReadonlySet<string>;
  /** Why entities stay whose deletion was rejected, by their names. */
  readonly rejected: ReadonlyMap<string, string>;
  /** What is left of plans that were decided in part, by the entities' names: it stays until it is decided too. */
  readonly undecided: ReadonlyMap<string, Undecided>;
  /** Approved entities of plans. */
  readonly approved: readonly ApprovedEntity[];
  /** Rejections that hold no more: the mapping reads their blueprint otherwise. */
  readonly void: readonly DecidedEntity[];
}

/** Why an entity is withheld still. */
interface Undecided {
  /** The one that withheld it first. */
  readonly brake: string;
  readonly reason: string;
}

/** An entity that a person approved the deletion of. */
export interface ApprovedEntity extends EntityRef {
  /** The plan's number; undefined for a plan of a file. */
  readonly plan: number | undefined;
  readonly isDependent: boolean;
}

/** Plans that a person approved, and that are in no store. */
export interface ApprovedPlan {
  readonly blueprint: string;
  /** The parts of the mapping that it hangs on, hashed. */
  readonly reader: string;
  readonly isOfMapping: boolean;
  readonly entities: readonly (EntityRef & { readonly isDependent: boolean })[];
  /** What of it is not approved: it stays, by the brake that withheld it. */
  readonly brake: string;
  readonly others: readonly EntityRef[];
}

/** Reads what was approved and rejected; what another mapping was meant for does not count. */
export async function readDecisions(
  sql: Sql,
  {
    mapping,
    allowDelete = [],
    allowDeleteDependents = [],
    approvedPlans = [],
  }: {
    readonly mapping: Pick<Mapping, "resources">;
    /** Blueprints. */
    readonly allowDelete?: readonly string[] | undefined;
    readonly allowDeleteDependents?: readonly string[] | undefined;
    readonly approvedPlans?: readonly ApprovedPlan[] | undefined;
  },
): Promise<Decisions> {
  const decided = await readDecided(sql);
  const readers = new Map<string, string>();
  const isMeant = (blueprint: string, reader: string): boolean => {
    const now = readers.get(blueprint) ?? describeReader(mapping, blueprint);
    readers.set(blueprint, now);
    return now === reader;
  };
  // A dependent may be of any blueprint: it goes with its plan.
  const plans = new Map<number, boolean>();
  for (const { plan, reader, blueprint, isDependent } of decided) {
    if (!isDependent) plans.set(plan, isMeant(blueprint, reader));
  }
  const holding = decided.filter(({ plan }) => plans.get(plan) === true);
  const stored = holding.filter(({ state }) => state === "approved");
  const rejected = holding.filter(({ state, isDependent }) => state === "rejected" && !isDependent);
  const files = approvedPlans.filter(({ blueprint, reader }) => isMeant(blueprint, reader));
  const approved: ApprovedEntity[] = [
    ...stored.map(({ blueprint, identifier, plan, isDependent }) => {
      return { blueprint, identifier, plan, isDependent };
    }),
    ...files.flatMap(({ entities }) => entities.map((one) => ({ ...one, plan: undefined }))),
  ];
  return {
    allowed: createAllowed({
      blueprints: allowDelete,
      entities: approved.filter(({ isDependent }) => !isDependent),
    }),
    allowedDependents: createAllowed({
      blueprints: allowDeleteDependents,
      entities: approved.filter(({ isDependent }) => isDependent),
    }),
    mappings: new Set([
      ...allowDelete,
      ...stored
        .filter(({ isOfMapping, isOfOpenPlan }) => isOfMapping && !isOfOpenPlan)
        .map(({ blueprint }) => blueprint),
      ...files.filter(({ isOfMapping }) => isOfMapping).map(({ blueprint }) => blueprint),
    ]),
    undecided: new Map([
      ...holding
        .filter(({ state, isDependent }) => state === "open" && !isDependent)
        .map((one) => [nameRef(one), describeUndecided(one)] as const),
      ...files.flatMap(({ brake, others }) =>
        others.map((ref) => [nameRef(ref), { brake, reason: notApproved }] as const),
      ),
    ]),
    rejected: new Map(rejected.map((one) => [nameRef(one), describeRejection(one)])),
    approved,
    void: decided.filter(({ state, plan }) => state === "rejected" && plans.get(plan) !== true),
  };
}

function describeRejection({ plan, by }: DecidedEntity): string {
  return `${by ?? "somebody"} rejected its deletion (plan ${plan}); it stays until PagerDuty lists it again or the mapping changes`;
}

const notApproved = "others of its plan were approved, and this was not";

function describeUndecided({ plan, brake, sortedBy }: DecidedEntity): Undecided {
  const reason = `${sortedBy ?? "somebody"} has decided on others of plan ${plan}, and not on these`;
  return { brake, reason };
}

function nameRef({ blueprint, identifier }: EntityRef): string {
  return nameEntity(blueprint, identifier);
}
