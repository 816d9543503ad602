import type { Mapping } from "../../../map/mapping.ts";
import { nameEntity } from "../../../sink/port/port-entity.ts";
import { type Absence, readAbsences } from "../../../store/deletion/absences.ts";
import { lockDeletions, readCounted, recordDeletions } from "../../../store/deletion/deletions.ts";
import { readHeld } from "../../../store/deletion/held-counts.ts";
import { readSettledRuns } from "../../../store/deletion/settled-runs.ts";
import { countProduced, type EntityRef, type ProducedEntity } from "../../../store/produced.ts";
import type { Sql } from "../../../store/sql.ts";
import { applyBrakes, type BrakeCandidate, limitShare, type Share } from "./apply-brakes.ts";
import { compareReader } from "./compare-reader.ts";
import type { EvidenceName } from "../evidence/judge-evidence.ts";
import { findMostHeld, findRunBefore, shareSpan } from "./measure-share.ts";
import type { WithheldByBrake } from "../withheld-by-brake.ts";

/** An entity of a live event's object that nothing makes any more. */
export interface LiveCandidate extends EntityRef {
  readonly evidence: EvidenceName;
  /** Whether evidence of that line counts towards the share. */
  readonly counts: boolean;
  /** What made it before; empty where the store does not know. */
  readonly rows: readonly ProducedEntity[];
  /** What is wrong with its team; empty = nothing. */
  readonly team: string;
  /** What the control reading says; empty = all is well. */
  readonly control: string;
  /** It is on a plan of which a person has decided on others. @default it is not */
  readonly undecided?: BrakeCandidate["undecided"];
}

export interface BrakeLiveOptions {
  readonly sql: Sql;
  readonly mapping: Mapping;
  readonly candidates: readonly LiveCandidate[];
  /** PagerDuty's time. */
  readonly now: number;
  /** See `readTokenOwner`; null where it does not matter: the token itself shows the object. */
  readonly tokenOwner: string | undefined | null;
  readonly threshold: number;
}

export interface LiveBraked {
  /** May go. They count as gone from now on: what does not go after all is to be forgotten by `forgetDeletions`. */
  readonly remove: readonly EntityRef[];
  readonly withheld: readonly WithheldByBrake[];
  /** Whether so many more of a blueprint may go as dependents. */
  readonly fitsShare: (blueprint: string, dependents: number) => boolean;
}

/**
 * Lets go what a live event leaves without an object, one by one, unless a brake holds it. What others of
 * the same store are about to delete counts before they have.
 */
export function brakeLive(options: BrakeLiveOptions): Promise<LiveBraked> {
  return options.sql.transaction(async (sql) => {
    await lockDeletions(sql);
    return brake({ ...options, sql });
  });
}

async function brake(options: BrakeLiveOptions): Promise<LiveBraked> {
  const { sql, mapping, candidates, now, tokenOwner, threshold } = options;
  const settledRuns = await readSettledRuns(sql);
  const held = Map.groupBy(await readHeld(sql), ({ blueprint }) => blueprint);
  const deletions = await readCounted(sql, now - shareSpan);
  const counted = Map.groupBy(deletions, ({ blueprint }) => blueprint);
  const own = new Set(candidates.map(nameRef));
  // A run that began before may call absent what went since.
  const isCounted = new Set(deletions.map(nameRef));
  const absent = (await readAbsences(sql)).filter(
    (one) => isMissing(one) && !own.has(nameRef(one)) && !isCounted.has(nameRef(one)),
  );
  const withheld: WithheldByBrake[] = [];
  const remove: LiveCandidate[] = [];
  const limits = new Map<string, number>();
  const measure = (blueprint: string, entities: number): Share => {
    const before = (counted.get(blueprint) ?? []).filter((ref) => !own.has(nameRef(ref))).length;
    const counts = held.get(blueprint) ?? [];
    const mostHeld = findMostHeld({ counts, now: entities, older: entities }, now);
    return { threshold, mostHeld, before };
  };
  for (const [blueprint, ofBlueprint] of Map.groupBy(candidates, (one) => one.blueprint)) {
    const settled = settledRuns.get(blueprint);
    const counts = held.get(blueprint) ?? [];
    const entities = counts.at(-1)?.entities ?? (await countProduced(sql, blueprint));
    const runBefore = Math.max(settled?.firstRun ?? Infinity, findRunBefore(counts, now));
    const isNew = ({ rows }: LiveCandidate): boolean =>
      rows.length > 0 && rows.every((row) => (row.firstNumber ?? 0) > runBefore);
    const braked = applyBrakes({
      candidates: ofBlueprint.map((one) => describe(one, one.counts && !isNew(one))),
      share: measure(blueprint, entities),
      unsettled: absent.filter((one) => one.blueprint === blueprint).length,
      reader: compareReader(mapping, settled, tokenOwner),
      hasMemory: settled !== undefined,
      isAllowed: () => false,
    });
    const goes = new Map(braked.remove.map((one) => [one.identifier, one]));
    for (const one of ofBlueprint) {
      const free = goes.get(one.identifier);
      if (free !== undefined) remove.push({ ...one, counts: free.counts });
    }
    for (const { brake: name, reason, identifiers } of braked.withheld) {
      const entitiesHeld = identifiers.map((identifier) => ({ blueprint, identifier }));
      withheld.push({ brake: name, reason, entities: entitiesHeld });
    }
  }
  // Dependents come after what goes by itself.
  for (const [blueprint, counts] of held) {
    const taken = remove.filter((one) => one.blueprint === blueprint && one.counts).length;
    const share = measure(blueprint, counts.at(-1)?.entities ?? 0);
    limits.set(blueprint, limitShare(share) - share.before - taken);
  }
  await recordDeletions(
    sql,
    remove.map(({ blueprint, identifier, evidence, counts }) => {
      return { blueprint, identifier, at: now, evidence, counts };
    }),
  );
  return {
    remove,
    withheld,
    fitsShare: (blueprint, dependents) => dependents <= (limits.get(blueprint) ?? 0),
  };
}

/** Whether it may come to a deletion: what PagerDuty says is there was only asked for. */
function isMissing({ unlistedAt, goneAt, namedAt }: Absence): boolean {
  return [unlistedAt, goneAt, namedAt].some((at) => at !== undefined);
}

function describe(
  { identifier, evidence, team, control, undecided }: LiveCandidate,
  counts: boolean,
): BrakeCandidate {
  const isGone = evidence === "E5";
  return {
    identifier,
    evidence,
    why: "",
    counts,
    isGone,
    isAllGone: isGone,
    isThere: false,
    isNew: false,
    isShown: !isGone,
    isAged: false,
    emptied: "",
    team,
    control,
    undecided,
  };
}

function nameRef({ blueprint, identifier }: EntityRef): string {
  return nameEntity(blueprint, identifier);
}
