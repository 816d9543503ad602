import { isIdentifier } from "./entity.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { textOf } from "./native/values.ts";
import { Failure, type Outcome } from "./outcome.ts";
import { article } from "./read-identity.ts";
import { isSearchValue } from "./read-slot.ts";

/**
 * What a relation is sent as: an identifier, a list of them without nulls, a search query, or null.
 *
 * @param report Called for each value that Port would refuse; that value is null then.
 */
export function readRelation(outcome: Outcome, report: (message: string) => void): Json {
  if (outcome instanceof Failure) {
    report(outcome.message);
    return null;
  }
  if (Array.isArray(outcome)) {
    return outcome.map((one) => readTarget(one, report)).filter((target) => target !== null);
  }
  return isSearchValue(outcome) ? outcome : readTarget(outcome, report);
}

function readTarget(value: Json, report: (message: string) => void): string | null {
  if (value === null) return null;
  if (Array.isArray(value) || isJsonObject(value) || typeof value === "boolean") {
    report(`gave ${article(value)}, not an identifier`);
    return null;
  }
  const text = textOf(value);
  if (isIdentifier(text)) return text;
  report(`gave ${JSON.stringify(shorten(text))}, which Port does not take as an identifier`);
  return null;
}

/** A team, or several: names, or a search query; undefined where there is none to send. */
export function readTeam(
  outcome: Outcome,
  report: (message: string) => void,
): string | string[] | JsonObject | undefined {
  if (outcome === null) return undefined;
  if (outcome instanceof Failure) {
    report(outcome.message);
    return undefined;
  }
  if (Array.isArray(outcome)) {
    const names = outcome.filter((name) => name !== null);
    if (names.every((name) => !Array.isArray(name) && !isJsonObject(name)))
      return names.map(textOf);
  } else if (isSearchValue(outcome)) {
    return outcome;
  } else if (!isJsonObject(outcome)) {
    return textOf(outcome);
  }
  report(`gave ${article(outcome)}, not the name of a team or a list of them`);
  return undefined;
}

/** The longest part of a wrong value that a problem shows. */
const shownCharacters = 60;

function shorten(text: string): string {
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
}
