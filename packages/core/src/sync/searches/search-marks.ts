import { HttpError, NetworkError } from "../../errors.ts";
import { type Blueprint, readBlueprint } from "../../sink/port/blueprint.ts";
import { hashValue } from "../../sink/port/hash-value.ts";
import type { PortClient } from "../../sink/port/port-client.ts";
import { parseField, readField } from "../../sink/port/port-entity.ts";
import { searchEntities } from "../../sink/port/search-entities.ts";
import type { Json } from "../../json.ts";
import type { StoredEntity } from "../../sink/port/stored-entity.ts";
import type { Searches } from "./read-searches.ts";

/**
 * Entities of a blueprint that are looked through, at most: 50 requests. What is searched for among more
 * is written in every run.
 */
const mostSearched = 50_000;

/** Port's blueprint of teams. */
const teamBlueprint = "_team";

/** Tells of blueprints that are searched through whether they are what they were. */
export interface SearchMarks {
  /**
   * The mark of all that some searches look through: as long as it stays, they find the same. Undefined
   * where that cannot be told.
   *
   * @param blueprint of the entity that the searches are in
   */
  read(blueprint: string, searches: Searches): Promise<string | undefined>;
  /** Entities of a blueprint were written: its mark is read again when it is asked for. */
  noteWritten(blueprint: string): void;
  /** All marks are read again when they are asked for. */
  forget(): void;
}

/** Reads marks from Port, each once until something says that it may be another. */
export function createSearchMarks(options: {
  readonly port: PortClient;
  readonly signal?: AbortSignal | undefined;
}): SearchMarks {
  const { port, signal } = options;
  const blueprints = new Map<string, Promise<Blueprint | undefined>>();
  /** By blueprint, then by the properties that are searched by. */
  const known = new Map<string, Map<string, Promise<string | undefined>>>();

  async function findTarget(blueprint: string, relation: string): Promise<string | undefined> {
    const reading = blueprints.get(blueprint) ?? orUnknown(readBlueprint(port, blueprint, signal));
    blueprints.set(blueprint, reading);
    return (await reading)?.relations.get(relation)?.target;
  }

  function readTarget(target: string, properties: readonly string[]): Promise<string | undefined> {
    const marks = known.get(target) ?? new Map<string, Promise<string | undefined>>();
    known.set(target, marks);
    const key = properties.join("\n");
    const reading = marks.get(key) ?? orUnknown(hashTarget(target, properties));
    marks.set(key, reading);
    return reading;
  }

  /** Hashes what the entities of a blueprint have in some properties, in whatever order they come. */
  async function hashTarget(
    blueprint: string,
    properties: readonly string[],
  ): Promise<string | undefined> {
    const fields: string[] = [];
    for (const property of properties) {
      const field = nameField(property);
      if (field === undefined) return undefined;
      if (field !== "") fields.push(field);
    }
    const rule = { property: "$blueprint", operator: "=", value: blueprint };
    const query = { combinator: "and", rules: [rule] };
    let count = 0;
    let [one, two] = [0, 0];
    for await (const page of searchEntities(port, { blueprint, query, fields, signal })) {
      count += page.length;
      if (count > mostSearched) return undefined;
      for (const entity of page) {
        const [high, low] = hashValue([
          entity.identifier,
          ...properties.map((property) => readProperty(entity, property)),
        ]);
        one = (one + high) >>> 0;
        two = (two + low) >>> 0;
      }
    }
    return [count, one, two].map((number) => number.toString(36)).join("-");
  }

  /** Whoever cannot say what is searched through is no reason to end a run: it is written again. */
  async function orUnknown<Value>(reading: Promise<Value>): Promise<Value | undefined> {
    try {
      return await reading;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof HttpError || error instanceof NetworkError) return undefined;
      throw error;
    }
  }

  return {
    async read(blueprint, { fields }) {
      const marks: string[] = [];
      for (const { relation, properties } of fields) {
        if (properties === undefined) return undefined;
        const target =
          relation === undefined ? teamBlueprint : await findTarget(blueprint, relation);
        if (target === undefined) return undefined;
        const mark = await readTarget(target, properties);
        if (mark === undefined) return undefined;
        marks.push(mark);
      }
      return marks.join(" ");
    },
    noteWritten: (blueprint) => void known.delete(blueprint),
    forget: () => known.clear(),
  };
}

/** What Port's rules call by a name of their own; empty = all searches give it. */
const ownNames = new Map([
  ["$identifier", ""],
  ["$blueprint", ""],
  ["$createdAt", ""],
  ["$updatedAt", ""],
  ["$title", "title"],
  ["$icon", "icon"],
  ["$team", "team"],
]);

/** The field that a property of a rule is; undefined for what no search gives. */
function nameField(property: string): string | undefined {
  return property.startsWith("$") ? ownNames.get(property) : `properties.${property}`;
}

function readProperty(entity: StoredEntity, property: string): Json {
  if (property === "$updatedAt") return entity.updatedAt ?? null;
  if (property === "$createdAt") return entity.createdAt ?? null;
  return readField(entity.content ?? {}, parseField(nameField(property) ?? "")) ?? null;
}
