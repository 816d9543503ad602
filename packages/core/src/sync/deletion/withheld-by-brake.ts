import type { EntityRef } from "../../store/produced.ts";

/** Entities that a brake, or what relates to them, holds back. */
export interface WithheldByBrake {
  /** `share`, `reader`, `team`, `control`, `dependents` or `unsure`. */
  readonly brake: string;
  /** For a person. */
  readonly reason: string;
  readonly entities: readonly EntityRef[];
}
