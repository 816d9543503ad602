import type { EntityRef } from "../produced.ts";

/** An entity's name, the same for the same entity. */
export function nameRef({ blueprint, identifier }: EntityRef): string {
  return JSON.stringify([blueprint, identifier]);
}
