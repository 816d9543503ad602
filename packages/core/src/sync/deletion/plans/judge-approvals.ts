import { nameEntity } from "../../../sink/port/port-entity.ts";
import type { EntityRef } from "../../../store/produced.ts";
import type { Reconciliation } from "../reconciliation.ts";
import { unplannedBrakes } from "./planned-brakes.ts";
import type { ApprovedEntity } from "./read-decisions.ts";

/** Entities that a sentence names. */
const mostNamed = 3;

/** What became of what was approved. */
export interface JudgedApprovals {
  /** Approvals that have had their effect, or that a run did not follow as something has changed. */
  readonly settled: readonly (EntityRef & { readonly plan: number })[];
  /** For a person, one sentence each. */
  readonly notices: readonly string[];
}

/** Tells what a run did with approvals: done, left out as things have changed, or still to be done. */
export function judgeApprovals(
  approved: readonly ApprovedEntity[],
  {
    reconciliations,
    isMade,
    isJudged,
    isFull,
  }: {
    readonly reconciliations: readonly Reconciliation[];
    /** Whether the run made an entity: PagerDuty has its object. */
    readonly isMade: (ref: EntityRef) => boolean;
    /** Whether the run has looked at all that may make entities of a blueprint. */
    readonly isJudged: (blueprint: string) => boolean;
    readonly isFull: boolean;
  },
): JudgedApprovals {
  const states = listStates(reconciliations);
  const settled: (EntityRef & { plan: number })[] = [];
  const notices: string[] = [];
  for (const [plan, entities] of Map.groupBy(approved, (one) => one.plan)) {
    const leftOut: { readonly ref: EntityRef; readonly why: string }[] = [];
    let done = 0;
    for (const ref of entities) {
      const state = states.get(nameRef(ref));
      const isOpen =
        state === "held" || (state === undefined && (!isFull || !isJudged(ref.blueprint)));
      if (isOpen && !isMade(ref)) continue;
      if (plan !== undefined) settled.push({ ...ref, plan });
      if (state === "gone") done += 1;
      else if (!ref.isDependent) {
        const why = isMade(ref)
          ? "PagerDuty has it again"
          : state === "withheld"
            ? "it is withheld for another reason now, and on another plan"
            : (state ?? "Port has it no more");
        leftOut.push({ ref, why });
      }
    }
    if (done + leftOut.length === 0) continue;
    const name = plan === undefined ? "The plan of the file" : `Plan ${plan}`;
    const parts = [
      ...(done > 0 ? [`${done} went`] : []),
      ...(leftOut.length > 0
        ? [`${leftOut.length} stay, as things have changed since: ${nameSome(leftOut)}`]
        : []),
    ];
    notices.push(`${name}: ${parts.join("; ")}`);
  }
  return { settled, notices };
}

/** `gone`, `withheld` by a brake of which there are plans, `held` by what no word lifts, or why it stays. */
function listStates(reconciliations: readonly Reconciliation[]): ReadonlyMap<string, string> {
  const states = new Map<string, string>();
  for (const one of reconciliations) {
    const name = (identifier: string): string => nameEntity(one.blueprint, identifier);
    for (const { identifier, reason } of one.waiting) states.set(name(identifier), reason);
    for (const identifier of one.recent) {
      states.set(name(identifier), "it was written since the run began");
    }
    for (const identifier of one.needed) {
      states.set(name(identifier), "entities that were made again name it");
    }
    for (const { brake, identifiers } of one.withheld) {
      const state = unplannedBrakes.has(brake) ? "held" : "withheld";
      for (const identifier of identifiers) states.set(name(identifier), state);
    }
    for (const identifier of [...one.deleted, ...one.stubbed, ...one.stubs]) {
      states.set(name(identifier), "gone");
    }
  }
  return states;
}

function nameSome(leftOut: readonly { readonly ref: EntityRef; readonly why: string }[]): string {
  const named = leftOut.slice(0, mostNamed).map(({ ref, why }) => `${ref.identifier} (${why})`);
  return `${named.join(", ")}${leftOut.length > mostNamed ? " …" : ""}`;
}

function nameRef({ blueprint, identifier }: EntityRef): string {
  return nameEntity(blueprint, identifier);
}
