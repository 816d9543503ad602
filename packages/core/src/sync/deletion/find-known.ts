import type { Mapping } from "../../map/mapping.ts";
import { nameEntity } from "../../sink/port/port-entity.ts";
import type { KindName } from "../../source/kinds.ts";
import { type Absence, readAbsences } from "../../store/deletion/absences.ts";
import {
  type EntityRef,
  type ProducedEntity,
  readProduced,
  readProducers,
} from "../../store/produced.ts";
import type { Sql } from "../../store/sql.ts";
import { readStubs } from "../../store/stubs.ts";
import type { OwnedEntities } from "../load-owned.ts";
import type { ProducedNames } from "../produced-names.ts";
import type { ResourceCount } from "../resource-count.ts";
import { checkGuards, type GuardedBlueprint, type UnproducedEntity } from "./check-guards.ts";
import { describeResources } from "./describe-resources.ts";
import { findAged } from "./evidence/find-aged.ts";
import { type Candidate, findObjects } from "./evidence/gather-knowledge.ts";
import { betweenReadings } from "./evidence/judge-evidence.ts";
import type { RunSightings } from "./evidence/run-sightings.ts";

export interface FindKnownOptions {
  readonly mapping: Mapping;
  readonly sql: Sql;
  /** Whether the run read everything; one that did not only confirms what others have found. */
  readonly isFull: boolean;
  readonly owned: OwnedEntities;
  readonly produced: ProducedNames;
  /** Blueprints of entities that are found by searches whose outcome is not known. */
  readonly unnamed: ReadonlySet<string>;
  /** The resources that were read. */
  readonly counts: readonly ResourceCount[];
  readonly sightings: RunSightings;
  /** PagerDuty's time when the run began, milliseconds since 1970. */
  readonly now: number;
  /** When the run began, by Port's clock, milliseconds since 1970. */
  readonly startedAt: number;
  readonly keepsAged: boolean;
  readonly prune: boolean;
  /** Why nothing may be deleted by this run at all; empty where it may. */
  readonly withheldBy: string;
}

/** What is known of entities that nothing made, before anything is asked. */
export interface Known {
  readonly unproduced: ReadonlyMap<string, readonly UnproducedEntity[]>;
  /** What made them before, by their names. */
  readonly rows: ReadonlyMap<string, readonly ProducedEntity[]>;
  readonly absences: ReadonlyMap<string, Absence>;
  readonly aged: ReadonlySet<string>;
  /** Those of the aged whose incidents this run has not seen: they may be very many. */
  readonly agedUnseen: ReadonlySet<string>;
  readonly stubs: ReadonlySet<string>;
}

/** Finds what is known, before anything is asked, of all that the integration owns and nothing made. */
export async function findKnown(options: FindKnownOptions): Promise<Known> {
  const { sql, counts, mapping, sightings, isFull } = options;
  const absences = new Map((await readAbsences(sql)).map((one) => [nameRef(one), one]));
  const only = isFull ? undefined : await listConfirmable(options, absences);
  const unproduced = listUnproduced(options, only);
  const refs = [...unproduced].flatMap(([blueprint, entities]) =>
    entities.map(({ identifier }) => ({ blueprint, identifier })),
  );
  const rows = Map.groupBy(await readProducers(sql, refs), nameRef);
  const aged = findAged(refs, (ref) => rows.get(nameRef(ref)) ?? [], counts);
  const isSeen = (ref: EntityRef): boolean =>
    findObjects(ref, rows.get(nameRef(ref)) ?? [], mapping).objects.some((object) =>
      sightings.has(object),
    );
  const agedUnseen = new Set(
    refs.filter((ref) => aged.has(nameRef(ref)) && !isSeen(ref)).map(nameRef),
  );
  const stubs = new Set((await readStubs(sql)).map(nameRef));
  return { unproduced, rows, absences, aged, agedUnseen, stubs };
}

/** Of a run that did not read everything: what objects that it read by id made before, and what one 404 is known of. */
async function listConfirmable(
  { sql, sightings, now }: FindKnownOptions,
  absences: ReadonlyMap<string, Absence>,
): Promise<ReadonlySet<string>> {
  const made = await readProduced(sql, [...sightings.found]);
  const confirmed = [...absences.values()].filter(
    ({ goneAt, namedAt }) =>
      namedAt !== undefined || (goneAt !== undefined && now - goneAt >= betweenReadings),
  );
  return new Set([...made, ...confirmed].map(nameRef));
}

function listUnproduced(
  { owned, produced }: FindKnownOptions,
  only: ReadonlySet<string> | undefined,
): Known["unproduced"] {
  return new Map(
    [...owned].map(([blueprint, index]) => [
      blueprint,
      [...index.entries()].filter(
        ({ identifier }) =>
          !produced.has({ blueprint, identifier }) &&
          only?.has(nameEntity(blueprint, identifier)) !== false,
      ),
    ]),
  );
}

/** Sorts out what cannot be judged, as far as it is not made by now. */
export function guardKnown(
  options: FindKnownOptions,
  { agedUnseen, stubs, unproduced }: Known,
  short: ReadonlyMap<KindName, string>,
): GuardedBlueprint[] {
  const { mapping, counts, produced, keepsAged } = options;
  const left = [...unproduced].map(
    ([blueprint, entities]) =>
      [
        blueprint,
        entities.filter(({ identifier }) => !produced.has({ blueprint, identifier })),
      ] as const,
  );
  return checkGuards({
    ...describeResources(mapping, counts, short),
    unproduced: new Map(left),
    startedAt: options.startedAt,
    unnamed: options.unnamed,
    prune: options.prune,
    withheldBy: options.withheldBy,
    isAged: (blueprint, identifier) =>
      keepsAged && agedUnseen.has(nameEntity(blueprint, identifier)),
    isStub: (blueprint, identifier) => stubs.has(nameEntity(blueprint, identifier)),
  });
}

/** Lists what may be judged, with the objects that it is of. */
export function listCandidates(
  guarded: readonly GuardedBlueprint[],
  { produced, mapping }: FindKnownOptions,
  { rows }: Known,
): Candidate[] {
  return guarded.flatMap(({ blueprint, candidates }) =>
    candidates
      .map((identifier) => ({ blueprint, identifier }))
      .filter((ref) => !produced.has(ref))
      .map((ref) => findObjects(ref, rows.get(nameRef(ref)) ?? [], mapping)),
  );
}

function nameRef({ blueprint, identifier }: EntityRef): string {
  return nameEntity(blueprint, identifier);
}
