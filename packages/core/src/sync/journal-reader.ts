import type { JsonObject } from "../json.ts";
import type { JournalLine } from "./check-journal-line.ts";

/** An entity of a journal of deletions. */
export interface JournaledEntity extends Omit<JournalLine, "content"> {
  /** Where it is in the journal, from 1. */
  readonly line: number;
  /** What its relations lead to, by the relation's name. */
  readonly related: ReadonlyMap<string, readonly string[]>;
}

/** A journal of deletions that has been checked whole. */
export interface JournalReader extends AsyncDisposable {
  /** In the journal's order; of several with one name the last. */
  readonly entities: readonly JournaledEntity[];
  /** The last line, where a crash cut it off: what it held is not in `entities`. */
  readonly cutOff: number | undefined;
  /** One of `entities` whole, as Port gave it. */
  read(entity: JournaledEntity): Promise<JsonObject>;
}

/** What an entity's relations lead to, by the relation's name. */
export function listRelated({ relations }: JsonObject): Map<string, readonly string[]> {
  return new Map(
    Object.entries(relations ?? {}).flatMap(([name, value]) => {
      const identifiers = [value].flat().filter((item) => typeof item === "string");
      return identifiers.length === 0 ? [] : [[name, identifiers] as const];
    }),
  );
}
