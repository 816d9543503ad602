import type { Entity, Withheld } from "./entity.ts";
import { ExactNumber } from "../exact-number.ts";
import type { Json, JsonObject } from "../json.ts";
import { Failure, type Outcome } from "./outcome.ts";
import type { EntityPlan } from "./plan.ts";
import { asText, readIdentity, withhold } from "./read-identity.ts";
import { readRelation, readTeam } from "./read-relation.ts";
import { readSlot } from "./read-slot.ts";

/** What became of one entity. */
export type BuiltEntity =
  | { readonly entity: Entity }
  | { readonly withheld: Withheld }
  /** The mapping gives no identifier or no blueprint for this object. */
  | { readonly skipped: true };

/** Tells of a field that failed, in words. */
export type ReportField = (field: string, message: string) => void;

type EntityHead = Omit<Entity, "properties" | "relations">;

const skipped: BuiltEntity = { skipped: true };

/** Makes one entity of one input. Never throws for what is in the data. */
export function buildEntity(
  plan: EntityPlan,
  input: Json,
  row: readonly Outcome[],
  report: ReportField,
): BuiltEntity {
  const identity = readIdentity(plan, input, row);
  const { identifier, blueprint } = identity;
  if (identifier instanceof Failure) report("identifier", identifier.message);
  if (blueprint instanceof Failure) report("blueprint", blueprint.message);
  if (identifier === null || blueprint === null) return skipped;
  if (identifier instanceof Failure) return { withheld: withhold("identifier", identity) };
  if (blueprint instanceof Failure) return { withheld: withhold("blueprint", identity) };

  const head: EntityHead = { identifier, blueprint };
  for (const field of ["title", "icon"] as const) {
    const slot = plan[field];
    if (slot === undefined) continue;
    const outcome = slot(input, row);
    const text = asTextOrAbsent(outcome);
    if (text instanceof Failure) {
      report(field, text.message);
      // An expression that fails leaves the field out; a value that is no text is a wrong mapping.
      if (!(outcome instanceof Failure)) return { withheld: withhold(field, identity) };
    } else if (text !== undefined) {
      head[field] = text;
    }
  }
  const team =
    plan.team && readTeam(readSlot(plan.team, input, row), (message) => report("team", message));
  if (team !== undefined) head.team = team;

  const properties: JsonObject = {};
  for (const [name, slot] of plan.properties) {
    const outcome = slot(input, row);
    const failed = outcome instanceof Failure;
    if (failed) report(`properties.${name}`, outcome.message);
    define(properties, name, failed ? null : outcome);
  }
  const relations: JsonObject = {};
  for (const [name, slot] of plan.relations) {
    const target = readRelation(readSlot(slot, input, row), (message) =>
      report(`relations.${name}`, message),
    );
    define(relations, name, target);
  }
  return { entity: { ...head, properties, relations } };
}

/** Port refuses null in a title or icon, so it is left out; "" is a text like any other. */
function asTextOrAbsent(outcome: Outcome): string | undefined | Failure {
  if (outcome === null) return undefined;
  if (outcome instanceof ExactNumber) return outcome.text;
  if (outcome === "" || outcome === 0 || outcome === false) return String(outcome);
  return asText(outcome) ?? undefined;
}

/** Assigning to `__proto__` would set the prototype instead of a key. */
function define(target: JsonObject, key: string, value: Json): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else {
    target[key] = value;
  }
}
