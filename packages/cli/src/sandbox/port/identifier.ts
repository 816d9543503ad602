import { invalid } from "./port-errors.ts";

/** What an entity's identifier may be (Port's API reference). */
const entityPattern = /^(?!\.{1,2}$)[\p{L}0-9@_.+:\\/=-]+$/u;
/** The same without `=`. */
const blueprintPattern = /^(?!\.{1,2}$)[\p{L}0-9@_.+:\\/-]+$/u;

/** Characters that identifiers may have (Port's API reference). */
const maxEntityCharacters = 1000;
const maxBlueprintCharacters = 100;

/** 422 where an entity cannot have that identifier. @param name what the message calls it */
export function checkIdentifier(value: unknown, name: string): string {
  return check(value, name, entityPattern, maxEntityCharacters);
}

/** 422 where a blueprint, a webhook or an integration cannot have that identifier. */
export function checkBlueprintIdentifier(value: unknown): string {
  return check(value, "identifier", blueprintPattern, maxBlueprintCharacters);
}

function check(value: unknown, name: string, pattern: RegExp, most: number): string {
  if (typeof value !== "string") throw invalid(`${name} must be string`);
  if (value.length > most) throw invalid(`${name} must NOT have more than ${most} characters`);
  if (!pattern.test(value)) throw invalid(`${name} must match pattern "${pattern.source}"`);
  return value;
}
