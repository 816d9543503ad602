import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { Failure, type Outcome } from "./outcome.ts";
import { article } from "./read-identity.ts";

/**
 * One input for each element of an object's list: the object with the element under a name of its own.
 *
 * @param leftOut where the list lies, if it is not to be repeated in every input
 */
export function expandItems(
  object: JsonObject,
  list: Outcome,
  name: string,
  leftOut: readonly (string | number)[] | undefined,
): JsonObject[] | Failure {
  if (list instanceof Failure) return list;
  if (list === null) return [];
  if (!Array.isArray(list)) return new Failure(`gave ${article(list)}, not a list`);
  const rest = leftOut === undefined ? object : without(object, leftOut);
  const base = isJsonObject(rest) ? rest : {};
  return list.map((element) => ({ ...base, [name]: element }));
}

/** jq's `del(path)`: a copy along the path, without what is at its end. */
function without(value: Json, path: readonly (string | number)[]): Json {
  const [step, ...rest] = path;
  if (step === undefined) return null;
  if (Array.isArray(value) && typeof step === "number") {
    if (rest.length === 0) return value.filter((_, at) => at !== step);
    return value.map((one, at) => (at === step ? without(one, rest) : one));
  }
  if (!isJsonObject(value) || typeof step !== "string" || !Object.hasOwn(value, step)) return value;
  const { [step]: inside, ...others } = value;
  return rest.length === 0 ? others : { ...value, [step]: without(inside ?? null, rest) };
}
