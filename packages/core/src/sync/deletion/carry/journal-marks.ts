import { isJsonObject, type Json, type JsonObject } from "../../../json.ts";
import type { PortEntity } from "../../../sink/port/port-entity.ts";
import { stubMark } from "../../../store/journal.ts";

/** What a stub has otherwise than the entity that it was made of. */
export type StubChanges = Pick<PortEntity, "properties" | "relations">;

/** Beside what Port gives of an entity, whose names never begin so. */
const becomesStub = "$becomesStub";

/** A relation that led to an entity which goes, as it was: Port takes it out. */
export interface LedRelation {
  readonly blueprint: string;
  readonly identifier: string;
  readonly relation: string;
  /** All that the relation led to. */
  readonly value: string | string[];
}

const ledHere = "$relatedBy";

/** A line of the journal for an entity that others relate to, whoever made them. */
export function markRelatedBy(content: JsonObject, relations: readonly LedRelation[]): JsonObject {
  if (relations.length === 0) return content;
  return { ...content, [ledHere]: relations.map((one) => ({ ...one })) };
}

/** The relations that led to the entity of a line. */
export function readRelatedBy(line: JsonObject): LedRelation[] {
  const mark = line[ledHere];
  return (Array.isArray(mark) ? mark : []).flatMap((row) => {
    if (!isJsonObject(row)) return [];
    const { blueprint, identifier, relation, value } = row;
    const isTarget = typeof value === "string" || isTexts(value);
    if (typeof blueprint !== "string" || typeof identifier !== "string") return [];
    return typeof relation === "string" && isTarget
      ? [{ blueprint, identifier, relation, value }]
      : [];
  });
}

function isTexts(value: Json | undefined): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** A line of the journal for an entity that becomes a stub, and stays in Port. */
export function markBecomesStub(content: JsonObject, changes: StubChanges): JsonObject {
  const { properties, relations } = changes;
  return { ...content, [becomesStub]: { properties, relations } };
}

/** A line of the journal for a stub that goes: see {@link stubMark}. */
export function markAsStub(content: JsonObject): JsonObject {
  return { ...content, [stubMark]: true };
}

/** What a line says that Port has otherwise since; undefined for an entity that was deleted. */
export function readStubChanges(line: JsonObject): StubChanges | undefined {
  const mark = line[becomesStub];
  if (!isJsonObject(mark)) return undefined;
  const { properties, relations } = mark;
  if (!isJsonObject(properties) || !isJsonObject(relations)) return undefined;
  return { properties, relations };
}
