import type { Latency, Rejection } from "../behaviour.ts";
import type { Faults } from "../faults.ts";
import type { RateLimit } from "../rate-window.ts";
import type { JsonObject } from "./json-object.ts";

/** What Port makes itself for a new integration. */
interface Provided {
  readonly config: JsonObject;
  readonly blueprints: readonly JsonObject[];
}

/** How Port's API behaves. Everything that its documentation leaves open is a switch. */
export interface PortBehaviour {
  /** Requests of the whole organisation; null: no limit and no rate-limit headers. @default null */
  readonly rate: RateLimit | null;
  /** @default null */
  readonly latency: Latency | null;
  /** @default null */
  readonly faults: Faults | null;
  /** Life of the access tokens that are issued from now on, in seconds. @default 10_800 */
  readonly tokenSeconds: number;
  /** Refuses single entities that would be written. @default nothing is refused */
  readonly reject: (entity: unknown) => Rejection | undefined;
  /** What the listing of owned entities carries. @default "whole" */
  readonly listing: "whole" | "identifiers";
  /**
   * Whose an entity is: of the last writer that is an exporter, of whoever wrote last, or of who
   * created it. @default "last-exporter"
   */
  readonly ownership: "last-exporter" | "last-writer" | "creator";
  /** Whether entities made for a missing relation belong to who wrote the relation. @default true */
  readonly stubsOwned: boolean;
  /** Whether a write that changes nothing renews `updatedAt`. @default true */
  readonly touchUnchanged: boolean;
  /** How reads give properties that the blueprint has and the entity has not. @default "null" */
  readonly unset: "null" | "absent";
  /** Whether an entity of a wrong shape fails its whole chunk, or alone. @default "chunk" */
  readonly shapeErrors: "chunk" | "entity";
  /** What more than 20 entities are answered with. @default 422 */
  readonly tooManyStatus: 413 | 422;
  /** What one identifier for a relation of many is taken as. @default "list-of-one" */
  readonly scalarForMany: "list-of-one" | "refuse";
  /** Which entities go with one they relate to, where dependents are deleted too. @default "required" */
  readonly dependents: "required" | "all";
  /** What a bulk delete does about identifiers that are not there. @default "ignore" */
  readonly deleteMissing: "ignore" | "refuse";
  /** What becomes of a blueprint's computed properties that a change of it leaves out. @default "keep" */
  readonly computedLeftOut: "keep" | "clear";
  /** What Port makes for an integration that asks for it; null: nothing. @default null */
  readonly provided: Provided | null;
  /** How reads give the secrets of webhooks. @default "shown" */
  readonly webhookSecrets: "shown" | "masked" | "hidden";
  /** Whether what a webhook's mapping relates to is made where it is missing. @default true */
  readonly webhookStubs: boolean;
  /** Names of features that the organisation has. @default [] */
  readonly featureFlags: readonly string[];
}

/** How a Port behaves that was told nothing: fast, tidy and without limits. */
export const defaultPortBehaviour: PortBehaviour = {
  rate: null,
  latency: null,
  faults: null,
  // Three hours, what Port's tokens say.
  tokenSeconds: 10_800,
  reject: () => undefined,
  listing: "whole",
  ownership: "last-exporter",
  stubsOwned: true,
  touchUnchanged: true,
  unset: "null",
  shapeErrors: "chunk",
  tooManyStatus: 422,
  scalarForMany: "list-of-one",
  dependents: "required",
  deleteMissing: "ignore",
  computedLeftOut: "keep",
  provided: null,
  webhookSecrets: "shown",
  webhookStubs: true,
  featureFlags: [],
};
