/** Up to this many entities of a blueprint may go whatever their share: small catalogs change too. */
const fewEntities = 20;

/** Clocks and answers overlap: what was written so shortly before the run began is new. Milliseconds. */
export const recentMargin = 5000;

/**
 * The share of a blueprint's entities that may go where all its objects rotate: at most half of them do
 * where every shift is handed over, since those that begin are there by then. Ocean's own default for all.
 */
const rotatingShare = 0.9;

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
  /** Objects that PagerDuty listed for it. */
  readonly objects: number;
  /** Whether its objects come and go by themselves, as on-calls do with every hand-over. */
  readonly rotates: boolean;
}

/** An entity that was not made because something failed, and so may well exist. */
interface WithheldEntity {
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

export interface PlanDeletionsInput {
  readonly resources: readonly FeedingResource[];
  readonly withheld: readonly WithheldEntity[];
  /** For each blueprint: how many entities are owned, and which of them this run did not produce. */
  readonly blueprints: ReadonlyMap<
    string,
    { readonly owned: number; readonly unproduced: readonly UnproducedEntity[] }
  >;
  /** When the run began, by Port's clock, in milliseconds since 1970. */
  readonly startedAt: number;
  /** The largest share of a blueprint's entities that may go in one run; 0 = none ever. */
  readonly threshold: number;
  /** Blueprints for which the share does not count this once. */
  readonly allowed: ReadonlySet<string>;
  /** Blueprints of entities that were found by searches, of which not all names are known. */
  readonly unnamed: ReadonlySet<string>;
  /** Also deletes entities of blueprints that no resource feeds any more. */
  readonly prune: boolean;
  /** An incident that has only left the time window that was read; it cannot have been deleted. */
  readonly isAged: (blueprint: string, identifier: string) => boolean;
  /** An entity that one which stays relates to, where such a target must not go. */
  readonly isNeeded: (blueprint: string, identifier: string) => boolean;
}

/** What is to be done with the unproduced entities of one blueprint. */
export interface BlueprintDeletions {
  readonly blueprint: string;
  readonly remove: readonly string[];
  readonly aged: readonly string[];
  /** Written since the run began, by a live event or a person. */
  readonly recent: readonly string[];
  /** Something that stays relates to them. */
  readonly needed: readonly string[];
  /** Candidates that stay because it is not certain that they should go. */
  readonly withheld: readonly string[];
  /** Why those stay, for a person; empty where none does. */
  readonly reason: string;
  /** Of a blueprint that nothing feeds any more; only `prune` takes them. */
  readonly unfed: readonly string[];
}

/**
 * Decides which owned entities go. What is not certain stays, is counted, and says why: a reading that
 * did not come to its end, an entity whose name could not be computed, too large a share at once.
 */
export function planDeletions(input: PlanDeletionsInput): BlueprintDeletions[] {
  const names = [...input.blueprints.keys()].toSorted();
  return names.map((blueprint) => planBlueprint(blueprint, input));
}

function planBlueprint(blueprint: string, input: PlanDeletionsInput): BlueprintDeletions {
  const { owned, unproduced } = input.blueprints.get(blueprint) ?? { owned: 0, unproduced: [] };
  const none = {
    blueprint,
    remove: [],
    aged: [],
    recent: [],
    needed: [],
    withheld: [],
    reason: "",
    unfed: [],
  };
  const all = unproduced.map(({ identifier }) => identifier);
  const feeding = input.resources.filter((resource) => feeds(resource, blueprint));

  // Left out by the one who started the run: what it feeds, or could feed, was not looked at.
  const leftOut = input.resources.find((resource) => !resource.ran && mayFeed(resource, blueprint));
  if (leftOut !== undefined) return none;
  if (feeding.length === 0 && !input.prune) return { ...none, unfed: all };

  const aged = all.filter((identifier) => input.isAged(blueprint, identifier));
  const isAged = new Set(aged);
  const recent = unproduced
    .filter(({ identifier }) => !isAged.has(identifier))
    .filter(({ updatedAt }) => (updatedAt ?? 0) >= input.startedAt - recentMargin)
    .map(({ identifier }) => identifier);
  const isRecent = new Set(recent);
  const isNamed = new Set(
    input.withheld
      .filter((entity) => entity.blueprint === blueprint)
      .map(({ identifier }) => identifier),
  );
  const named = all.filter((identifier) => isNamed.has(identifier));
  const candidates = all.filter(
    (identifier) =>
      !isAged.has(identifier) && !isRecent.has(identifier) && !isNamed.has(identifier),
  );

  const reason = findReason(blueprint, candidates.length, owned - aged.length, feeding, input);
  if (reason !== "") {
    return { ...none, aged, recent, withheld: [...candidates, ...named], reason };
  }
  const needed = candidates.filter((identifier) => input.isNeeded(blueprint, identifier));
  const isNeeded = new Set(needed);
  return {
    ...none,
    remove: candidates.filter((identifier) => !isNeeded.has(identifier)),
    aged,
    recent,
    needed,
    withheld: named,
    reason: named.length === 0 ? "" : "an expression of the mapping failed for them",
  };
}

/** A resource feeds the blueprint that it names, or those that it produced. */
function feeds(resource: FeedingResource, blueprint: string): boolean {
  return resource.blueprints?.has(blueprint) ?? resource.produced.has(blueprint);
}

/** One that does not say what it feeds could feed anything. */
function mayFeed(resource: FeedingResource, blueprint: string): boolean {
  return resource.blueprints?.has(blueprint) ?? true;
}

/** Why none of a blueprint's candidates may go; empty where they may. */
function findReason(
  blueprint: string,
  candidates: number,
  owned: number,
  feeding: readonly FeedingResource[],
  input: PlanDeletionsInput,
): string {
  if (candidates === 0) return "";
  const unfinished = input.resources.find(
    (resource) => resource.incomplete !== "" && mayFeed(resource, blueprint),
  );
  if (unfinished !== undefined) return `${unfinished.name}: ${unfinished.incomplete}`;

  const nameless = input.withheld.find((entity) =>
    entity.blueprint === undefined
      ? mayFeed(entity.resource, blueprint)
      : entity.identifier === undefined && entity.blueprint === blueprint,
  );
  if (nameless !== undefined) {
    return `${nameless.resource.name}: an expression failed, and which entity it was for cannot be told`;
  }
  if (input.unnamed.has(blueprint)) {
    return "some are found by searches, so which of them are still meant cannot be told";
  }
  if (input.allowed.has(blueprint)) return "";
  if (input.threshold === 0) return "entityDeletionThreshold is 0";
  if (candidates <= fewEntities) return "";
  const empty = feeding.find((resource) => resource.objects === 0);
  if (empty !== undefined) return `${empty.name}: PagerDuty listed nothing`;
  const rotates = feeding.length > 0 && feeding.every((resource) => resource.rotates);
  const threshold = rotates ? Math.max(input.threshold, rotatingShare) : input.threshold;
  if (candidates <= threshold * owned) return "";
  const share = Math.round((candidates / Math.max(1, owned)) * 100);
  return rotates && threshold > input.threshold
    ? `${candidates} of ${owned} (${share} %) would go, more than the ${threshold} that is usual where objects rotate`
    : `${candidates} of ${owned} (${share} %) would go, more than entityDeletionThreshold ${threshold} allows`;
}
