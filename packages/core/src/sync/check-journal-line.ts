import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { isIdentifier } from "../map/entity.ts";
import { parseJson } from "../parse-json.ts";
import {
  type LedRelation,
  readRelatedBy,
  readStubChanges,
  type StubChanges,
} from "./deletion/carry/journal-marks.ts";

/** What one line of a journal of deletions holds. */
export interface JournalLine {
  readonly blueprint: string;
  readonly identifier: string;
  /** When Port last wrote it, milliseconds since 1970; undefined where it does not say. */
  readonly updatedAt: number | undefined;
  /** What Port has otherwise since, where the entity became a stub; undefined where it was deleted. */
  readonly changes: StubChanges | undefined;
  /** Relations that led to it. */
  readonly relatedBy: readonly LedRelation[];
  /** The entity, as Port gave it. */
  readonly content: JsonObject;
}

/** Reads one line: the entity, or what is wrong with it, for a person. */
export function checkJournalLine(text: string): JournalLine | { readonly mistake: string } {
  let content: Json;
  try {
    content = parseJson(text);
  } catch {
    return { mistake: `is not JSON: ${shorten(text)}` };
  }
  if (!isJsonObject(content)) return { mistake: `must be an object: it is ${shorten(text)}` };
  const { action, blueprint, identifier, updatedAt } = content;
  if (typeof action === "string") {
    return {
      mistake: `is what a dry run prints, and no entity: ${shorten(text)}. Give the file that a run wrote before it deleted: deleted-<run>.ndjson`,
    };
  }
  if (typeof blueprint !== "string" || blueprint === "") {
    return { mistake: `blueprint must be a name: it is ${show(blueprint)}` };
  }
  if (typeof identifier !== "string" || !isIdentifier(identifier)) {
    return { mistake: `identifier must be one that Port takes: it is ${show(identifier)}` };
  }
  const mistake = findMistake(content);
  if (mistake !== undefined) return { mistake };
  const time = Date.parse(typeof updatedAt === "string" ? updatedAt : "");
  const changes = readStubChanges(content);
  return {
    blueprint,
    identifier,
    updatedAt: Number.isNaN(time) ? undefined : time,
    changes,
    relatedBy: readRelatedBy(content),
    content,
  };
}

function findMistake({ title, icon, team, properties, relations }: JsonObject): string | undefined {
  if (!isMissing(title) && typeof title !== "string")
    return `title must be text: it is ${show(title)}`;
  if (!isMissing(icon) && typeof icon !== "string") return `icon must be text: it is ${show(icon)}`;
  if (!isNames(team)) return `team must be names: it is ${show(team)}`;
  if (!isMissing(properties) && !isJsonObject(properties)) {
    return `properties must be an object: it is ${show(properties)}`;
  }
  if (isMissing(relations)) return undefined;
  if (!isJsonObject(relations)) return `relations must be an object: it is ${show(relations)}`;
  const wrong = Object.entries(relations).find(([, value]) => !isNames(value));
  if (wrong === undefined) return undefined;
  return `relations.${wrong[0]} must be identifiers: it is ${show(wrong[1])}`;
}

/** One name, several, or none. */
function isNames(value: Json | undefined): boolean {
  if (isMissing(value) || typeof value === "string") return true;
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isMissing(value: Json | undefined): value is null | undefined {
  return value === undefined || value === null;
}

function show(value: Json | undefined): string {
  return value === undefined ? "missing" : shorten(JSON.stringify(value));
}

/** Characters of a value that a message shows. */
const mostShown = 80;

function shorten(text: string): string {
  return text.length > mostShown ? `${text.slice(0, mostShown)}…` : text;
}
