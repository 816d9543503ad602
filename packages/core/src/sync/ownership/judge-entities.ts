import { isJsonObject } from "../../json.ts";
import { hashValue } from "../../sink/port/hash-value.ts";
import { nameEntity, type PortEntity } from "../../sink/port/port-entity.ts";
import type { OwnershipGate } from "./ownership-gate.ts";
import type { Verdict } from "./verdict.ts";

/**
 * Judges entities as they would be written. One that Port is to search for is another integration's where
 * anything that the search finds is.
 */
export async function judgeEntities<Entity extends PortEntity>(
  gate: OwnershipGate,
  entities: readonly Entity[],
): Promise<ReadonlyMap<Entity, Verdict>> {
  const refs = await Promise.all(
    entities.map(async ({ blueprint, identifier }) =>
      typeof identifier === "string"
        ? [{ blueprint, identifier }]
        : gate.findSearched(blueprint, identifier),
    ),
  );
  const verdicts = await gate.judge(refs.flat());
  const found = new Map<Entity, Verdict>();
  for (const [place, entity] of entities.entries()) {
    const all = (refs[place] ?? []).flatMap(
      (ref) => verdicts.get(nameEntity(ref.blueprint, ref.identifier)) ?? [],
    );
    const verdict = all.find(({ state }) => state === "left") ?? all[0];
    if (verdict !== undefined) found.set(entity, verdict);
  }
  return found;
}

/** What an entity is given, short enough to be remembered. */
export function hashEntity(entity: PortEntity): string {
  return hashValue({ ...entity })
    .map((half) => half.toString(36))
    .join("-");
}

/** Identifiers that an entity relates to. */
export function listTargets({ relations }: PortEntity): string[] {
  return Object.values(relations).flatMap((value) =>
    isJsonObject(value) ? [] : [value].flat().filter((target) => typeof target === "string"),
  );
}
