import { nameEntity } from "../../sink/port/port-entity.ts";
import { readOwnershipSince } from "../../store/foreign-entities.ts";
import { readProducers } from "../../store/produced.ts";
import {
  createOwnershipGate,
  type OwnershipGate,
  type OwnershipGateOptions,
} from "./ownership-gate.ts";

/**
 * Makes the gate of work that has not listed what is owned: what objects produced since whose entities are
 * is asked counts as ours, and Port is asked of what is new.
 */
export function createLiveGate(
  options: Omit<OwnershipGateOptions, "findOurs" | "isListed">,
): OwnershipGate {
  const { sql } = options;
  let since: Promise<number> | undefined;
  return createOwnershipGate({
    ...options,
    async findOurs(refs) {
      since ??= readOwnershipSince(sql);
      const asked = await since;
      const made = (await readProducers(sql, refs)).filter(({ number }) => number > asked);
      return new Set(made.map(({ blueprint, identifier }) => nameEntity(blueprint, identifier)));
    },
  });
}
