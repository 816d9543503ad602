import type { EntityWriter } from "../../sink/port/write-entities.ts";
import { hashEntity, judgeEntities, listTargets } from "./judge-entities.ts";
import type { OwnershipGate } from "./ownership-gate.ts";

/**
 * A writer that leaves out what other integrations own, and what was given just that the last time: of
 * these it tells no outcome.
 */
export function guardWriter(writer: EntityWriter, gate: OwnershipGate): EntityWriter {
  return {
    async write(entities, signal, guard) {
      const verdicts = await judgeEntities(gate, entities);
      const written = entities.filter((entity) => {
        const verdict = verdicts.get(entity);
        if (verdict?.state === "left") return false;
        const { blueprint, identifier } = entity;
        if (verdict?.state !== "open" || typeof identifier !== "string") return true;
        const hash = hashEntity(entity);
        if (!verdict.written.includes(hash)) return true;
        gate.noteWanted({ blueprint, identifier }, hash, undefined);
        return false;
      });
      if (written.length === 0) return [];
      gate.noteTargets(written.flatMap(listTargets));
      const outcomes = await writer.write(written, signal, guard);
      for (const outcome of outcomes) {
        const { blueprint, identifier } = outcome.entity;
        if (!outcome.written || typeof identifier !== "string") continue;
        gate.noteWanted({ blueprint, identifier }, hashEntity(outcome.entity), outcome.created);
      }
      return outcomes;
    },
  };
}
