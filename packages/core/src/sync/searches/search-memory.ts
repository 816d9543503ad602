import { HttpError, NetworkError } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import { type Hash, hashValue, isAbsent } from "../../sink/port/hash-value.ts";
import { findEntities } from "../../sink/port/find-entities.ts";
import { nameOf } from "../../sink/port/join-entities.ts";
import type { PortClient } from "../../sink/port/port-client.ts";
import { nameEntity, parseField, type PortEntity, readField } from "../../sink/port/port-entity.ts";
import type { StoredEntity } from "../../sink/port/stored-entity.ts";
import type { EntityWriter } from "../../sink/port/write-entities.ts";
import {
  keepSearched,
  pruneSearched,
  readSearched,
  type SearchedEntity,
} from "../../store/searched.ts";
import type { Sql } from "../../store/sql.ts";
import type { OwnedEntities } from "../load-owned.ts";
import { readSearches, type Searches } from "./read-searches.ts";
import { createSearchMarks } from "./search-marks.ts";

const day = 24 * 60 * 60_000;

/** Milliseconds after which Port is made to search again, whatever is known. */
const longestTrusted = day;

/** Milliseconds that something is remembered; what is still made is written anew every day. */
const longestKept = 7 * day;

/** Entities that are kept whole, to be written once more at the end of the run. */
const mostKeptWhole = 2000;

/** A named entity, and what Port is to search for in it. */
interface Searching {
  readonly name: string;
  readonly entity: PortEntity & { readonly identifier: string };
  readonly searches: Searches;
}

/**
 * What is known of fields that Port fills by searching. A search is not done again, and so its entity not
 * written, as long as it is the one that was sent last, Port still has what it found then, and what it
 * looks through is what it was.
 */
export interface SearchMemory {
  /**
   * Those of some entities, by name, in which Port would find what it has: their searches need not be
   * written again.
   */
  findSettled(entities: readonly PortEntity[]): Promise<ReadonlySet<string>>;
  /** Makes a writer that also remembers what Port has found by searching. */
  watch(writer: EntityWriter): EntityWriter;
  /**
   * Entities, as they were written last in this run, whose searches may find more by now: what they look
   * through was written after them. Of a large run not all of them; the next one knows.
   */
  listOvertaken(): Promise<readonly PortEntity[]>;
  /** Forgets what nothing makes any more. */
  prune(): Promise<void>;
}

/** Makes the memory of one run. */
export function createSearchMemory(options: {
  readonly port: PortClient;
  readonly sql: Sql;
  /** What Port had when the run began. */
  readonly owned: OwnedEntities;
  readonly signal?: AbortSignal | undefined;
}): SearchMemory {
  const { port, sql, owned, signal } = options;
  const marks = createSearchMarks({ port, signal });
  /** Written in this run, whole, with the mark of what was there before: undefined = not known. */
  const written = new Map<string, { entity: PortEntity; mark: string | undefined }>();

  /** What Port has now in place of the searches; undefined where any found nothing. */
  function readOwned({ entity, searches }: Searching): string | undefined {
    const index = owned.get(entity.blueprint);
    return joinHashes(searches.fields.map(({ path }) => index?.findHash(entity.identifier, path)));
  }

  /** Reads back what Port has found; what it does not say is not remembered. */
  async function readFound(
    blueprint: string,
    searching: readonly Searching[],
  ): Promise<ReadonlyMap<string, StoredEntity>> {
    const fields = [...new Set(searching.flatMap(listPaths))];
    const identifiers = searching.map(({ entity }) => entity.identifier);
    try {
      return await findEntities(port, blueprint, identifiers, { fields, signal });
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof HttpError || error instanceof NetworkError) return new Map();
      throw error;
    }
  }

  async function keep(
    searching: readonly Searching[],
    marked: ReadonlyMap<string, string | undefined>,
  ): Promise<void> {
    const kept: SearchedEntity[] = [];
    for (const [blueprint, some] of Map.groupBy(searching, ({ entity }) => entity.blueprint)) {
      const known = some.filter(({ name }) => marked.get(name) !== undefined);
      if (known.length === 0) continue;
      const stored = await readFound(blueprint, known);
      for (const { name, entity, searches } of known) {
        const found = hashFound(stored.get(entity.identifier)?.content, searches);
        const mark = marked.get(name);
        if (found === undefined || mark === undefined) continue;
        kept.push({ blueprint, identifier: entity.identifier, sent: searches.sent, found, mark });
      }
    }
    if (kept.length > 0) await keepSearched(sql, kept);
  }

  return {
    async findSettled(entities) {
      const asked = new Map<string, Searching & { readonly found: string }>();
      for (const searching of listSearching(entities)) {
        const found = readOwned(searching);
        if (found !== undefined) asked.set(searching.name, { ...searching, found });
      }
      if (asked.size === 0) return new Set();
      const refs = [...asked.values()].map(({ entity }) => entity);
      const settled = new Set<string>();
      for (const row of await readSearched(sql, refs, longestTrusted)) {
        const name = nameEntity(row.blueprint, row.identifier);
        const one = asked.get(name);
        if (one === undefined || row.sent !== one.searches.sent || row.found !== one.found)
          continue;
        if (row.mark === (await marks.read(row.blueprint, one.searches))) settled.add(name);
      }
      return settled;
    },

    watch: (writer) => ({
      async write(entities, abort, guard) {
        const before = listSearching(entities);
        const marked = new Map<string, string | undefined>();
        for (const { name, entity, searches } of before) {
          marked.set(name, await marks.read(entity.blueprint, searches));
        }
        const outcomes = await writer.write(entities, abort, guard);
        const done = outcomes.filter((outcome) => outcome.written).map(({ entity }) => entity);
        for (const blueprint of new Set(done.map((entity) => entity.blueprint))) {
          marks.noteWritten(blueprint);
        }
        const searching = listSearching(done);
        for (const { name, entity } of searching) {
          if (!written.has(name) && written.size >= mostKeptWhole) continue;
          written.set(name, { entity, mark: marked.get(name) });
        }
        await keep(searching, marked);
        return outcomes;
      },
    }),

    async listOvertaken() {
      if (written.size === 0) return [];
      marks.forget();
      const overtaken: PortEntity[] = [];
      for (const { entity, mark } of written.values()) {
        const searches = readSearches(entity);
        if (mark === undefined || searches === undefined) continue;
        if (mark !== (await marks.read(entity.blueprint, searches))) overtaken.push(entity);
      }
      return overtaken;
    },

    async prune() {
      await pruneSearched(sql, longestKept);
    },
  };
}

function listSearching(entities: readonly PortEntity[]): Searching[] {
  const found = new Map<string, Searching>();
  for (const entity of entities) {
    const { blueprint, identifier } = entity;
    const searches = readSearches(entity);
    const name = nameOf(entity);
    if (searches === undefined || name === undefined || typeof identifier !== "string") continue;
    found.set(name, { name, entity: { ...entity, blueprint, identifier }, searches });
  }
  return [...found.values()];
}

function listPaths({ searches }: Searching): string[] {
  return searches.fields.map(({ path }) => path);
}

/** What Port has found, hashed; undefined where any search found nothing, or that is not told. */
function hashFound(content: JsonObject | undefined, { fields }: Searches): string | undefined {
  if (content === undefined) return undefined;
  return joinHashes(fields.map(({ path }) => hashValue(readField(content, parseField(path)))));
}

function joinHashes(hashes: readonly (Hash | undefined)[]): string | undefined {
  const texts: string[] = [];
  for (const hash of hashes) {
    if (hash === undefined || isAbsent(hash)) return undefined;
    texts.push(hash.map((half) => half.toString(36)).join("-"));
  }
  return texts.join(" ");
}
