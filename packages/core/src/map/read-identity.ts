import type { Withheld, WithheldBy } from "./entity.ts";
import { ExactNumber } from "../exact-number.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { textOf, typeName } from "./native/values.ts";
import { Failure, type Outcome } from "./outcome.ts";
import type { EntityPlan } from "./plan.ts";
import { isSearchSlot, isSearchValue, readSlot } from "./read-slot.ts";

/** Which entity an object stands for. Null: for none, because the mapping says so. */
export interface Identity {
  readonly identifier: string | JsonObject | null | Failure;
  readonly blueprint: string | null | Failure;
}

/** Reads identifier and blueprint, which are all that is needed to spare an entity from deletion. */
export function readIdentity(plan: EntityPlan, input: Json, row: readonly Outcome[]): Identity {
  const identifier = readSlot(plan.identifier, input, row);
  const blueprint = plan.blueprint(input, row);
  return {
    identifier: isSearchSlot(plan.identifier) ? asSearch(identifier) : asText(identifier),
    blueprint: asBlueprint(blueprint),
  };
}

/** What could be computed of an entity that is not made. */
export function withhold(by: WithheldBy, identity: Identity): Withheld {
  const { identifier, blueprint } = identity;
  return {
    by,
    identifier: typeof identifier === "string" ? identifier : undefined,
    blueprint: typeof blueprint === "string" ? blueprint : undefined,
  };
}

/** As text: of a title, an icon or an identifier. */
export function asText(outcome: Outcome): string | null | Failure {
  if (outcome instanceof Failure || isEmpty(outcome)) return isEmpty(outcome) ? null : outcome;
  if (Array.isArray(outcome) || isJsonObject(outcome))
    return new Failure(`gave ${article(outcome)}, not a text`);
  return textOf(outcome);
}

/** Null, false, "" and 0 mean that there is no such entity. */
function isEmpty(outcome: Outcome): outcome is null | false | "" | 0 {
  const isZero = outcome === 0 || (outcome instanceof ExactNumber && outcome.value === 0);
  return isZero || outcome === null || outcome === false || outcome === "";
}

function asSearch(outcome: Outcome): JsonObject | null | Failure {
  if (outcome === null || outcome instanceof Failure) return outcome;
  return isSearchValue(outcome)
    ? outcome
    : new Failure(`gave ${article(outcome)}, not a search query`);
}

function asBlueprint(outcome: Outcome): string | null | Failure {
  if (outcome instanceof Failure) return outcome;
  if (isEmpty(outcome)) return null;
  return typeof outcome === "string"
    ? outcome
    : new Failure(`gave ${article(outcome)}, not a text`);
}

/** `an array`, `a number` */
export function article(value: Json): string {
  const name = typeName(value);
  return `${/^[ao]/.test(name) ? "an" : "a"} ${name}`;
}
