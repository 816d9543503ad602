import { literalOf } from "../../../map/expression.ts";
import type { Blueprint } from "../../../sink/port/blueprint.ts";
import { nameEntity } from "../../../sink/port/port-entity.ts";
import { type RelatingEntity, searchRelating } from "../../../sink/port/search-relating.ts";
import type { EntityRef } from "../../../store/produced.ts";
import { findStubObstacle } from "./plan-stub.ts";
import { type Dependent, raise, RelationGraph, type RelationNode } from "./relation-graph.ts";
import type {
  NeededEntity,
  RelationsMapping,
  SettledRelations,
  SettleRelationsOptions,
  WithheldByRelations,
} from "./settled-relations.ts";

/** Dependents that a sentence names. */
const namedDependents = 3;

/**
 * Settles what becomes of entities that may go, by what relates to them in Port as things are now.
 *
 * What an incident of ours names becomes a stub; what one that was made now names stays while missing
 * entities are made by relations; what something cannot be without goes with it, or not at all.
 */
export async function settleRelations(options: SettleRelationsOptions): Promise<SettledRelations> {
  const { removals, stubs, mapping } = options;
  const graph = new RelationGraph();
  const isIncident = createIncidentTest(mapping);
  const candidates = [...removals, ...stubs].map((ref) =>
    graph.add(ref, { isIncident: isIncident(ref.blueprint), isCandidate: true }),
  );
  let asked: readonly RelationNode[] = [...new Set(candidates)];
  while (asked.length > 0) asked = await addRelating(graph, asked, isIncident, options);
  graph.spread();
  return sumUp(graph, new Set(stubs.map(nameRef)), options);
}

/** Takes in what relates to some entities, and gives those of it that would go with them. */
async function addRelating(
  graph: RelationGraph,
  asked: readonly RelationNode[],
  isIncident: (blueprint: string) => boolean,
  options: SettleRelationsOptions,
): Promise<RelationNode[]> {
  const { port, findOwned, findMade, signal } = options;
  const blueprints = putIncidentsFirst(options.blueprints, isIncident);
  const added = new Set<RelationNode>();
  for (const [blueprint, nodes] of Map.groupBy(asked, ({ ref }) => ref.blueprint)) {
    const byName = new Map(nodes.map((node) => [node.ref.identifier, node]));
    const search = searchRelating({
      port,
      blueprints,
      blueprint,
      identifiers: [...byName.keys()],
      // Nothing that is still to come is stronger.
      isSettled: (identifier) => byName.get(identifier)?.hold === "stub",
      signal,
    });
    for await (const page of search) {
      const others = page.filter(({ entity }) => graph.find(entity)?.isCandidate !== true);
      const made = new Set((await findMade(others.map(refOf))).map(nameRef));
      // Whose the rest is makes no difference.
      const unclear = others.filter(
        ({ entity, required }) =>
          !made.has(nameRef(entity)) && (required.length > 0 || isIncident(entity.blueprint)),
      );
      const ours = unclear.length === 0 ? [] : await findOwned(unclear.map(refOf));
      const owned = new Set([...made, ...ours.map(nameRef)]);
      for (const relating of page) {
        const { entity, targets, required } = relating;
        const isOurs = owned.has(nameRef(entity));
        const from = {
          ref: refOf(relating),
          isOurs,
          isMade: made.has(nameRef(entity)),
          isIncident: isOurs && isIncident(entity.blueprint),
        };
        for (const identifier of new Set(targets)) {
          const to = byName.get(identifier);
          if (to === undefined) continue;
          const isRequired = required.includes(identifier);
          const dependent = relateTo(graph, to, { ...from, isRequired }, options);
          if (dependent !== undefined) added.add(dependent);
        }
      }
    }
  }
  return [...added];
}

/** Something that relates to one that may go. */
interface Relating {
  readonly ref: EntityRef;
  readonly isOurs: boolean;
  readonly isMade: boolean;
  readonly isIncident: boolean;
  readonly isRequired: boolean;
}

/** Takes in one relation. @returns a dependent that was not known before */
function relateTo(
  graph: RelationGraph,
  to: RelationNode,
  from: Relating,
  { mapping, isDependentAllowed }: SettleRelationsOptions,
): RelationNode | undefined {
  const { ref, isOurs, isRequired } = from;
  const known = graph.find(ref);
  if (known?.isCandidate === true) {
    graph.relate(known, to, isRequired);
    return undefined;
  }
  if (from.isIncident) raise(to, "stub");
  else if (from.isMade && mapping.createMissingRelatedEntities) raise(to, "needed", ref);
  else if (isRequired) {
    const mayGo = isDependentAllowed(ref) || (isOurs && mapping.deleteDependentEntities);
    if (mayGo) {
      const dependent = graph.add(ref, { isIncident: false, isCandidate: false });
      graph.relate(dependent, to, true);
      return known === undefined ? dependent : undefined;
    }
    raise(to, "withheld");
    to.dependents.set(nameRef(ref), { ref, isOurs });
  }
  // What it merely relates to, Port takes out of it.
  return undefined;
}

function sumUp(
  graph: RelationGraph,
  stubsBefore: ReadonlySet<string>,
  { mapping, blueprints, whyOwnStay }: SettleRelationsOptions,
): SettledRelations {
  const remove: EntityRef[] = [];
  const stubs: EntityRef[] = [];
  const needed: NeededEntity[] = [];
  const withheld: WithheldByRelations[] = [];
  for (const { ref, isCandidate, hold, by, dependents } of graph.nodes) {
    if (!isCandidate) continue;
    if (hold === undefined) remove.push(ref);
    else if (hold === "needed") needed.push({ ref, by: by ?? ref });
    else if (hold === "withheld") {
      const all = [...dependents.values()];
      const reason = describeDependents(all, whyOwnStay);
      withheld.push({ ref, reason, dependents: all.map((dependent) => dependent.ref) });
    } else {
      const blueprint = blueprints.get(ref.blueprint);
      const isKnown = stubsBefore.has(nameRef(ref)) || blueprint === undefined;
      const reason = isKnown ? "" : findStubObstacle(mapping, blueprint);
      if (reason === "") stubs.push(ref);
      else withheld.push({ ref, reason, dependents: [] });
    }
  }
  const dependents = graph.listGoingDependents().map(({ ref }) => ref);
  return { remove, dependents, stubs, needed, withheld };
}

function describeDependents(
  dependents: readonly Dependent[],
  whyOwnStay = "deleteDependentEntities is off",
): string {
  const sentences = [true, false].flatMap((isOurs) => {
    const some = dependents.filter((dependent) => dependent.isOurs === isOurs);
    if (some.length === 0) return [];
    const why = isOurs ? whyOwnStay : "not of this integration";
    const names = [...new Set(some.map(({ ref }) => ref.blueprint))].toSorted().join(" ");
    const them = some.length === 1 ? "it" : "them";
    const way = `--allow-delete-dependents ${names} lets ${them} go`;
    return [`${listNames(some)} cannot be without it (${why}; ${way})`];
  });
  return sentences.join("; ");
}

function listNames(dependents: readonly Dependent[]): string {
  const named = dependents
    .slice(0, namedDependents)
    .map(({ ref: { blueprint, identifier } }) => `${blueprint}/${identifier}`)
    .join(", ");
  const others = dependents.length - namedDependents;
  return others > 0 ? `${named} and ${others} more` : named;
}

/** Tells the blueprints whose entities of ours are incidents, also where a mapping computes blueprints. */
function createIncidentTest({ resources }: RelationsMapping): (blueprint: string) => boolean {
  const ofIncidents = new Set<string>();
  const ofOthers = new Set<string>();
  let isComputed = false;
  for (const { kind, entities } of resources) {
    for (const template of entities) {
      const value = literalOf(template.blueprint)?.value;
      if (typeof value === "string") (kind === "incidents" ? ofIncidents : ofOthers).add(value);
      else if (kind === "incidents") isComputed = true;
    }
  }
  return (blueprint) => ofIncidents.has(blueprint) || (isComputed && !ofOthers.has(blueprint));
}

/** What they name needs no further search. */
function putIncidentsFirst(
  blueprints: ReadonlyMap<string, Blueprint>,
  isIncident: (blueprint: string) => boolean,
): ReadonlyMap<string, Blueprint> {
  const entries = [...blueprints];
  return new Map([
    ...entries.filter(([name]) => isIncident(name)),
    ...entries.filter(([name]) => !isIncident(name)),
  ]);
}

function refOf({ entity: { blueprint, identifier } }: RelatingEntity): EntityRef {
  return { blueprint, identifier };
}

function nameRef({ blueprint, identifier }: EntityRef): string {
  return nameEntity(blueprint, identifier);
}
