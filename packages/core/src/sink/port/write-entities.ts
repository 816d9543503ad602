import { HttpError } from "../../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { guardWrites, type WriteGuard } from "./guard-writes.ts";
import type { PortClient } from "./port-client.ts";
import { groupAlike, joinAlike, nameOf } from "./join-entities.ts";
import type { PortEntity } from "./port-entity.ts";

/**
 * Port's limits for one bulk request. {@link https://docs.port.io/api-reference}
 * The body also holds what surrounds the entities.
 */
export const mostEntities = 20;
const mostBytes = 1024 * 1024;
const bytesAround = 64;

/** Answers that are about what was sent: some entity of the chunk, or its size. */
const refusesContent: ReadonlySet<number> = new Set([400, 413, 422]);

/** What became of one entity. */
export type WriteOutcome =
  | {
      readonly entity: PortEntity;
      readonly written: true;
      readonly created: boolean;
      /** Port's own: what a search for it has found; undefined where Port did not say. */
      readonly identifier: string | undefined;
    }
  | {
      readonly entity: PortEntity;
      readonly written: false;
      readonly status: number;
      /** Port's name of the mistake (`not_found`, `invalid_request`), empty where it gave none. */
      readonly error: string;
      readonly reason: string;
    };

export interface EntityWriterOptions {
  readonly port: PortClient;
  /** Keeps what an entity does not name; else it is replaced whole. */
  readonly merge: boolean;
  /** Makes a stub of what an entity relates to, where it is missing. */
  readonly createMissingRelatedEntities: boolean;
  /** `nobody`: what is written does not become ours. @default "exporter" */
  readonly as?: "exporter" | "nobody";
}

export interface EntityWriter {
  /**
   * Writes entities in bulk and tells what became of each name. Of two with one name in one call the
   * later counts, with what the other names besides where merging is on; of two calls the later is
   * written last.
   *
   * @throws {HttpError} {@link NetworkError} when Port refuses for reasons that are not about entities,
   * or does not answer; what the guard throws
   */
  write(
    entities: readonly PortEntity[],
    signal?: AbortSignal,
    guard?: WriteGuard,
  ): Promise<WriteOutcome[]>;
}

/** Makes the writer of one run. */
export function createEntityWriter(options: EntityWriterOptions): EntityWriter {
  const { port, merge, createMissingRelatedEntities, as = "exporter" } = options;
  /** The last write of each name that has not been answered. */
  const unanswered = new Map<string, Promise<unknown>>();

  async function writeInTurn(
    chunk: readonly PortEntity[],
    signal: AbortSignal | undefined,
    through: PortClient,
  ): Promise<WriteOutcome[]> {
    const names = chunk.map(nameOf).filter((name) => name !== undefined);
    const before = names.map(async (name) => {
      await unanswered.get(name);
    });
    const writing = Promise.allSettled(before).then(() => writeChunk(chunk, signal, through));
    for (const name of names) unanswered.set(name, writing);
    try {
      return await writing;
    } finally {
      for (const name of names) {
        if (unanswered.get(name) === writing) unanswered.delete(name);
      }
    }
  }

  /** Writes entities of one blueprint; halves a chunk that is refused whole until the guilty is alone. */
  async function writeChunk(
    chunk: readonly PortEntity[],
    signal: AbortSignal | undefined,
    through: PortClient,
  ): Promise<WriteOutcome[]> {
    const [first] = chunk;
    if (first === undefined) return [];
    try {
      const { body } = await through.send({
        method: "POST",
        path: `/blueprints/${encodeURIComponent(first.blueprint)}/entities/bulk`,
        query: {
          upsert: true,
          merge,
          create_missing_related_entities: createMissingRelatedEntities,
          validation_only: false,
        },
        body: { entities: chunk.map(toJson) },
        as,
        signal,
        signalEnds: "retries",
      });
      return readOutcomes(chunk, body);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      // A blueprint that does not exist refuses its entities, and no others.
      if (error.status === 404) return chunk.map((entity) => refuse(entity, error));
      if (!refusesContent.has(error.status)) throw error;
      if (chunk.length === 1) return [refuse(first, error)];
      const middle = Math.ceil(chunk.length / 2);
      const halves = [chunk.slice(0, middle), chunk.slice(middle)];
      const outcomes = await Promise.all(halves.map((half) => writeChunk(half, signal, through)));
      return outcomes.flat();
    }
  }

  return {
    async write(entities, signal, guard) {
      const through = guard === undefined ? port : guardWrites(port, guard);
      const joined = groupAlike(entities).map((group) => joinAlike(group, options));
      const written = cutIntoChunks(joined).map((chunk) => writeInTurn(chunk, signal, through));
      return (await Promise.all(written)).flat();
    },
  };
}

/** Chunks of one blueprint each, within Port's limits; one entity above them stays alone. */
function cutIntoChunks(entities: readonly PortEntity[]): PortEntity[][] {
  const chunks: PortEntity[][] = [];
  for (const group of Map.groupBy(entities, (entity) => entity.blueprint).values()) {
    let chunk: PortEntity[] = [];
    let bytes = bytesAround;
    for (const entity of group) {
      const added = new TextEncoder().encode(JSON.stringify(entity)).length + 1;
      const isFull = chunk.length === mostEntities || bytes + added > mostBytes;
      if (isFull && chunk.length > 0) {
        chunks.push(chunk);
        chunk = [];
        bytes = bytesAround;
      }
      chunk.push(entity);
      bytes += added;
    }
    chunks.push(chunk);
  }
  return chunks;
}

/** Port names entities by their place in the request, in `entities` and in `errors`. */
function readOutcomes(chunk: readonly PortEntity[], body: JsonObject): WriteOutcome[] {
  const written = byIndex(body["entities"]);
  const errors = byIndex(body["errors"]);
  return chunk.map((entity, place): WriteOutcome => {
    const error = errors.get(place);
    if (error !== undefined) {
      return {
        entity,
        written: false,
        status: typeof error["statusCode"] === "number" ? error["statusCode"] : 422,
        error: textOf(error["error"]),
        reason: textOf(error["message"]),
      };
    }
    const answer = written.get(place);
    if (answer !== undefined) {
      const { identifier, created } = answer;
      const name = typeof identifier === "string" ? identifier : undefined;
      return { entity, written: true, created: created === true, identifier: name };
    }
    const reason = "Port's answer does not say what became of it";
    return { entity, written: false, status: 207, error: "", reason };
  });
}

function byIndex(rows: Json | undefined): Map<number, JsonObject> {
  const found = new Map<number, JsonObject>();
  for (const row of Array.isArray(rows) ? rows : []) {
    if (!isJsonObject(row)) continue;
    if (typeof row["index"] === "number") found.set(row["index"], row);
  }
  return found;
}

function refuse(entity: PortEntity, error: HttpError): WriteOutcome {
  const { status, reason } = error;
  return { entity, written: false, status, error: "", reason };
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function toJson(entity: PortEntity): JsonObject {
  return { ...entity };
}
