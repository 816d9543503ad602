import { isJsonObject, type JsonObject } from "../../../json.ts";
import type { PortEntity } from "../../../sink/port/port-entity.ts";
import { stubMark } from "../../../store/journal.ts";

/** What a stub has otherwise than the entity that it was made of. */
export type StubChanges = Pick<PortEntity, "properties" | "relations">;

/** Beside what Port gives of an entity, whose names never begin so. */
const becomesStub = "$becomesStub";

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
