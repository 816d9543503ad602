/** Clocks and answers overlap: what was written so shortly before the run began is new. Milliseconds. */
export const recentMargin = 5000;

/** One resource of the mapping, as far as deletion depends on it. */
export interface FeedingResource {
  /** `incidents[1]`, for messages. */
  readonly name: string;
  /** The blueprints that it feeds; undefined where the mapping does not say all of them literally. */
  readonly blueprints: ReadonlySet<string> | undefined;
  /** Blueprints that it really produced entities of in this run. */
  readonly produced: ReadonlySet<string>;
  /** False where this run was told to leave it out. */
  readonly ran: boolean;
  /** Why it was not read to its end; empty where it was. */
  readonly incomplete: string;
}

/** An entity that was not made because something failed, and so may well exist. */
interface UnmadeEntity {
  readonly resource: FeedingResource;
  /** What could still be computed of it; where either is missing, it could be any. */
  readonly blueprint: string | undefined;
  readonly identifier: string | undefined;
}

/** An entity that the integration owns, and that this run did not produce. */
export interface UnproducedEntity {
  readonly identifier: string;
  /** Milliseconds since 1970; undefined where Port did not say. */
  readonly updatedAt: number | undefined;
}

export interface GuardsInput {
  readonly resources: readonly FeedingResource[];
  readonly unmade: readonly UnmadeEntity[];
  /** For each blueprint: which owned entities this run did not produce. */
  readonly unproduced: ReadonlyMap<string, readonly UnproducedEntity[]>;
  /** When the run began, by Port's clock, in milliseconds since 1970. */
  readonly startedAt: number;
  /** Blueprints of entities that were found by searches, of which not all names are known. */
  readonly unnamed: ReadonlySet<string>;
  /** Also deletes entities of blueprints that no resource feeds any more. */
  readonly prune: boolean;
  /** Why this run may delete nothing at all; empty where it may. */
  readonly withheldBy: string;
  /** An incident that has only left the time that is read, and stays; it cannot have been deleted. */
  readonly isAged: (blueprint: string, identifier: string) => boolean;
  /** One whose object is known to be gone, and that stays because incidents name it. */
  readonly isStub: (blueprint: string, identifier: string) => boolean;
}

/** What of a blueprint may be asked about at all. */
export interface GuardedBlueprint {
  readonly blueprint: string;
  /** Evidence decides on these. */
  readonly candidates: readonly string[];
  readonly aged: readonly string[];
  readonly stubs: readonly string[];
  /** Written since the run began, by a live event or a person. */
  readonly recent: readonly string[];
  /** Cannot be judged, by a fault that a person has to see to; `reason` says which. */
  readonly withheld: readonly string[];
  readonly reason: string;
  /** Of a blueprint that nothing feeds any more; only `prune` takes them. */
  readonly unfed: readonly string[];
}

/**
 * Sorts out what cannot be judged by evidence: a reading that did not come to its end, an entity whose
 * name could not be computed, what was written meanwhile, what the run was told to leave out.
 */
export function checkGuards(input: GuardsInput): GuardedBlueprint[] {
  return [...input.unproduced.keys()]
    .toSorted()
    .map((blueprint) => guardBlueprint(blueprint, input));
}

/** A resource feeds the blueprint that it names, or those that it produced. */
function feeds(resource: FeedingResource, blueprint: string): boolean {
  return resource.blueprints?.has(blueprint) ?? resource.produced.has(blueprint);
}

/** One that does not say what it feeds could feed anything. */
function mayFeed(resource: FeedingResource, blueprint: string): boolean {
  return resource.blueprints?.has(blueprint) ?? true;
}

function guardBlueprint(blueprint: string, input: GuardsInput): GuardedBlueprint {
  const unproduced = input.unproduced.get(blueprint) ?? [];
  const none = {
    blueprint,
    candidates: [],
    aged: [],
    stubs: [],
    recent: [],
    withheld: [],
    reason: "",
    unfed: [],
  };
  const all = unproduced.map(({ identifier }) => identifier);
  const isFed = input.resources.some((resource) => feeds(resource, blueprint));

  // Left out by the one who started the run: what it feeds, or could feed, was not looked at.
  const leftOut = input.resources.find((resource) => !resource.ran && mayFeed(resource, blueprint));
  if (leftOut !== undefined) return none;
  if (!isFed && !input.prune) return { ...none, unfed: all };

  const aged = all.filter((identifier) => input.isAged(blueprint, identifier));
  const stubs = all.filter((identifier) => input.isStub(blueprint, identifier));
  const isSettled = new Set([...aged, ...stubs]);
  const recent = unproduced
    .filter(({ identifier }) => !isSettled.has(identifier))
    .filter(({ updatedAt }) => (updatedAt ?? 0) >= input.startedAt - recentMargin)
    .map(({ identifier }) => identifier);
  const isRecent = new Set(recent);
  const unmade = new Set(
    input.unmade
      .filter((entity) => entity.blueprint === blueprint)
      .map(({ identifier }) => identifier),
  );
  const open = all.filter((identifier) => !isSettled.has(identifier) && !isRecent.has(identifier));
  const named = open.filter((identifier) => unmade.has(identifier));
  const candidates = open.filter((identifier) => !unmade.has(identifier));
  const reason = candidates.length === 0 ? "" : findReason(blueprint, input);
  if (reason !== "") {
    return { ...none, aged, stubs, recent, withheld: [...candidates, ...named], reason };
  }
  return {
    ...none,
    candidates,
    aged,
    stubs,
    recent,
    withheld: named,
    reason: named.length === 0 ? "" : "an expression of the mapping failed for them",
  };
}

/** Why none of a blueprint's candidates can be judged; empty where they can. */
function findReason(blueprint: string, input: GuardsInput): string {
  if (input.withheldBy !== "") return input.withheldBy;
  const unfinished = input.resources.find(
    (resource) => resource.incomplete !== "" && mayFeed(resource, blueprint),
  );
  if (unfinished !== undefined) return `${unfinished.name}: ${unfinished.incomplete}`;

  const nameless = input.unmade.find((entity) =>
    entity.blueprint === undefined
      ? mayFeed(entity.resource, blueprint)
      : entity.identifier === undefined && entity.blueprint === blueprint,
  );
  if (nameless !== undefined) {
    return `${nameless.resource.name}: an expression failed, and which entity it was for cannot be told`;
  }
  return input.unnamed.has(blueprint)
    ? "some are found by searches, so which of them are still meant cannot be told"
    : "";
}
