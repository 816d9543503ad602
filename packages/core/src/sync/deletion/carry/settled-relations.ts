import type { Mapping } from "../../../map/mapping.ts";
import type { Blueprint } from "../../../sink/port/blueprint.ts";
import type { PortClient } from "../../../sink/port/port-client.ts";
import type { EntityRef } from "../../../store/produced.ts";

/** What of a mapping decides about relations. */
export type RelationsMapping = Pick<
  Mapping,
  "createMissingRelatedEntities" | "deleteDependentEntities" | "resources"
>;

export interface SettleRelationsOptions {
  readonly port: PortClient;
  /** All of the organisation. */
  readonly blueprints: ReadonlyMap<string, Blueprint>;
  readonly mapping: RelationsMapping;
  /** What evidence and brakes let go. */
  readonly removals: readonly EntityRef[];
  /** Existing stubs that nothing made: they go once no incident that stays names them. */
  readonly stubs: readonly EntityRef[];
  /** Which of some entities this integration owns. */
  readonly findOwned: (refs: readonly EntityRef[]) => Promise<readonly EntityRef[]>;
  /** Which of some entities this run made; of an event, what the store says some object produces. */
  readonly findMade: (refs: readonly EntityRef[]) => Promise<readonly EntityRef[]>;
  /** Whether a person lets an entity go as a dependent of others, for once. */
  readonly isDependentAllowed: (ref: EntityRef) => boolean;
  /** Why dependents of ours do not go, for a person. @default deleteDependentEntities is off */
  readonly whyOwnStay?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One that stays because of what was made now. */
export interface NeededEntity {
  readonly ref: EntityRef;
  /** What names it: one that was made now, or one that stays itself and cannot do without it. */
  readonly by: EntityRef;
}

/** One that stays until a person does something. */
export interface WithheldByRelations {
  readonly ref: EntityRef;
  /** For a person; names the first few of `dependents`, and how they may go. */
  readonly reason: string;
  /** What cannot be without it and may not go, by itself or through others. */
  readonly dependents: readonly EntityRef[];
}

/** What relations leave of what may go. Every entity of `removals` and `stubs` is in exactly one list. */
export interface SettledRelations {
  /** May go: of `removals`, and stubs that no incident names any more. */
  readonly remove: readonly EntityRef[];
  /** Go with those, since they cannot be without them. */
  readonly dependents: readonly EntityRef[];
  /** Become stubs, or stay it. */
  readonly stubs: readonly EntityRef[];
  /** Told; nothing is wrong with them. */
  readonly needed: readonly NeededEntity[];
  readonly withheld: readonly WithheldByRelations[];
}
