import { nameEntity } from "../../../sink/port/port-entity.ts";
import type { EntityRef } from "../../../store/produced.ts";

/** Why an entity stays that may go, the strongest last: one that is a stub is none that is withheld. */
const holds = ["withheld", "needed", "stub"] as const;
export type Hold = (typeof holds)[number];

/** Something that cannot be without an entity, and may not go with it. */
export interface Dependent {
  readonly ref: EntityRef;
  readonly isOurs: boolean;
}

/** One that may go, or would go with one that does. */
export interface RelationNode {
  readonly ref: EntityRef;
  /** An incident of ours: what names it, names what it is about. */
  readonly isIncident: boolean;
  /** False for a dependent. */
  readonly isCandidate: boolean;
  /** Undefined: it goes. */
  hold: Hold | undefined;
  /** What it is needed by. */
  by: EntityRef | undefined;
  /** By name: what requires it and may not go, by itself or through others. */
  readonly dependents: Map<string, Dependent>;
}

/** One entity of the graph relates to another. */
interface GraphRelation {
  readonly from: RelationNode;
  readonly to: RelationNode;
  readonly isRequired: boolean;
}

/** What may go, what would go with it, and how they relate to one another. */
export class RelationGraph {
  readonly #nodes = new Map<string, RelationNode>();
  readonly #relations: GraphRelation[] = [];

  get nodes(): Iterable<RelationNode> {
    return this.#nodes.values();
  }

  find({ blueprint, identifier }: EntityRef): RelationNode | undefined {
    return this.#nodes.get(nameEntity(blueprint, identifier));
  }

  /** @returns the one of this name, which may have been there */
  add(
    { blueprint, identifier }: EntityRef,
    sort: Pick<RelationNode, "isIncident" | "isCandidate">,
  ): RelationNode {
    const name = nameEntity(blueprint, identifier);
    const ref = { blueprint, identifier };
    const added = { ref, ...sort, hold: undefined, by: undefined, dependents: new Map() };
    const node: RelationNode = this.#nodes.get(name) ?? added;
    this.#nodes.set(name, node);
    return node;
  }

  relate(from: RelationNode, to: RelationNode, isRequired: boolean): void {
    if (from !== to) this.#relations.push({ from, to, isRequired });
  }

  /** Spreads what holds entities to what those cannot do without, and from incidents to all that they name. */
  spread(): void {
    for (let isChanged = true; isChanged;) {
      isChanged = false;
      for (const { from, to, isRequired } of this.#relations) {
        if (from.hold === undefined) continue;
        if (from.isIncident) isChanged = raise(to, "stub") || isChanged;
        else if (isRequired) {
          isChanged = raise(to, from.hold, from.ref) || isChanged;
          isChanged = addAll(to.dependents, from.dependents) || isChanged;
        }
      }
    }
  }

  /** Dependents of what goes, by themselves or through others, that nothing holds. */
  listGoingDependents(): RelationNode[] {
    const going = new Set([...this.nodes].filter(({ isCandidate, hold }) => isCandidate && !hold));
    for (let before = -1; before !== going.size;) {
      before = going.size;
      for (const { from, to, isRequired } of this.#relations) {
        if (isRequired && from.hold === undefined && going.has(to)) going.add(from);
      }
    }
    return [...going].filter(({ isCandidate }) => !isCandidate);
  }
}

/** @returns whether that is stronger than what held it */
export function raise(node: RelationNode, hold: Hold, by?: EntityRef): boolean {
  if (node.hold !== undefined && holds.indexOf(node.hold) >= holds.indexOf(hold)) return false;
  node.hold = hold;
  node.by = by;
  return true;
}

function addAll(into: Map<string, Dependent>, from: ReadonlyMap<string, Dependent>): boolean {
  const before = into.size;
  for (const [name, dependent] of from) into.set(name, dependent);
  return into.size > before;
}
