import { nameEntity } from "../../../sink/port/port-entity.ts";
import {
  lockDeletions,
  type PastDeletion,
  readCounted,
  recordDeletions,
} from "../../../store/deletion/deletions.ts";
import type { EntityRef } from "../../../store/produced.ts";
import type { Sql } from "../../../store/sql.ts";
import type { Allowed } from "../allowed.ts";
import type { SettledRelations, WithheldByRelations } from "../carry/settled-relations.ts";
import type { DecidedDeletions } from "../decide-deletions.ts";
import { shareSpan } from "./measure-share.ts";

export interface ReserveShareOptions {
  readonly sql: Sql;
  readonly decided: Pick<DecidedDeletions, "blueprints" | "fitsStill">;
  /** PagerDuty's time. */
  readonly now: number;
  /** What a person lets go of: it does not count. */
  readonly allowed: Allowed;
}

/**
 * Counts what a run is about to delete before it goes, so that live events do not take the same share
 * meanwhile. What they have taken since the run decided may hold a blueprint as a whole.
 *
 * @returns what is left to be done; what comes of it is noted when the run is remembered
 */
export function reserveShare(
  relations: SettledRelations,
  { sql, decided, now, allowed }: ReserveShareOptions,
): Promise<SettledRelations> {
  const judged = new Map(
    decided.blueprints.flatMap(({ blueprint, remove }) =>
      remove.map((one) => [nameEntity(blueprint, one.identifier), one] as const),
    ),
  );
  const taken = [...relations.remove, ...relations.stubs].flatMap((ref): PastDeletion[] => {
    const one = judged.get(nameRef(ref));
    if (one === undefined) return [];
    const { blueprint, identifier } = ref;
    const counts = one.counts && !allowed.has(ref);
    return [{ blueprint, identifier, at: now, evidence: one.evidence, counts }];
  });
  if (taken.length === 0) return Promise.resolve(relations);
  return sql.transaction(async (inside) => {
    await lockDeletions(inside);
    const own = new Set(taken.map(nameRef));
    const others = (await readCounted(inside, now - shareSpan)).filter(
      (ref) => !own.has(nameRef(ref)),
    );
    const held = new Set(
      [...Map.groupBy(taken, ({ blueprint }) => blueprint)].flatMap(([blueprint, some]) => {
        const gone = others.filter((ref) => ref.blueprint === blueprint).length;
        const counted = some.filter(({ counts }) => counts).length;
        return decided.fitsStill(blueprint, gone, counted) ? [] : [blueprint];
      }),
    );
    await recordDeletions(
      inside,
      taken.filter((ref) => !held.has(ref.blueprint) || allowed.has(ref)),
    );
    return held.size === 0 ? relations : holdBack(relations, held, allowed);
  });
}

function holdBack(
  relations: SettledRelations,
  held: ReadonlySet<string>,
  allowed: Allowed,
): SettledRelations {
  const isFree = (ref: EntityRef): boolean => !held.has(ref.blueprint) || allowed.has(ref);
  const withheld = relations.remove
    .filter((ref) => !isFree(ref))
    .map((ref): WithheldByRelations => {
      const reason = "events have taken what may go in 7 days while the run decided on it";
      return { ref, reason, dependents: [] };
    });
  return {
    ...relations,
    remove: relations.remove.filter(isFree),
    // Its dependents may be of any blueprint; the next run takes them with it.
    dependents: [],
    withheld: [...relations.withheld, ...withheld],
  };
}

function nameRef({ blueprint, identifier }: EntityRef): string {
  return nameEntity(blueprint, identifier);
}
