import { nameEntity } from "../../sink/port/port-entity.ts";
import type { KindName } from "../../source/kinds.ts";
import { type EntityRef, readProducers } from "../../store/produced.ts";
import { listEntities, type MappedEntry } from "../map-page.ts";
import type { LiveCandidate } from "./brakes/brake-live.ts";
import { deleteLive, type DeleteLiveOptions, type LiveDeleted } from "./delete-live.ts";

export interface DeleteOrphansOptions extends Omit<DeleteLiveOptions, "candidates" | "tokenOwner"> {
  readonly kind: KindName;
}

/**
 * Deletes what an object made before, when it was read again and nothing makes it any more: it does not
 * pass the mapping now, or another entity is made of it.
 *
 * @param entries what is made of the object now
 */
export async function deleteOrphans(
  orphans: readonly EntityRef[],
  entries: readonly MappedEntry[],
  options: DeleteOrphansOptions,
): Promise<LiveDeleted> {
  const { kind, sql } = options;
  const made = new Set(entries.flatMap(listEntities).map(({ blueprint }) => blueprint));
  const isSelected = entries.some(({ results }) => results.some(({ mapped }) => mapped.selected));
  const rows = Map.groupBy(await readProducers(sql, orphans), nameRef);
  const candidates = orphans.map((ref): LiveCandidate => ({
    ...ref,
    ...judge(ref.blueprint),
    rows: rows.get(nameRef(ref)) ?? [],
    team: "",
    control: "",
  }));
  // This token itself shows the object, whoever it belongs to.
  return deleteLive({ ...options, candidates, tokenOwner: null });

  function judge(blueprint: string): Pick<LiveCandidate, "evidence" | "counts"> {
    if (kind === "incidents") return { evidence: "E2", counts: false };
    if (!isSelected || made.size === 0) return { evidence: "E3", counts: true };
    return { evidence: "E4", counts: !made.has(blueprint) };
  }
}

function nameRef({ blueprint, identifier }: EntityRef): string {
  return nameEntity(blueprint, identifier);
}
