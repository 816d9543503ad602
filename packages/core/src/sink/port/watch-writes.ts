import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import type { PortClient } from "./port-client.ts";

/** `/blueprints/X/entities/bulk` writes, `/blueprints/X/bulk/entities/delete` deletes. */
const bulkPath = /^\/blueprints\/([^/]+)\/(entities\/bulk|bulk\/entities\/delete)$/;

/** An entity that Port has taken, as it was sent. */
export interface WrittenEntity {
  readonly blueprint: string;
  /** Where it was sent with a search in the place of an identifier, the one that Port found. */
  readonly identifier: string;
  readonly created: boolean;
  readonly entity: JsonObject;
}

/** Is told what came of one request. What wrote waits for it; it must not throw. */
export interface WriteWatch {
  /** Of entities that Port has taken; none where it refused all. */
  written(entities: readonly WrittenEntity[]): Promise<void>;
  /** Of entities that Port has deleted. */
  deleted(identifiers: readonly string[]): Promise<void>;
}

export interface WatchWritesOptions {
  readonly port: PortClient;
  /**
   * Told of what is about to be written or deleted, as far as it has a name. What it gives is told of
   * nothing where Port does not answer: then nobody knows. What it throws keeps the request from being
   * sent.
   */
  readonly begin: (blueprint: string, identifiers: readonly string[]) => Promise<WriteWatch>;
}

/** A client of Port's API that tells of every entity that is written or deleted through it. */
export function watchWrites({ port, begin }: WatchWritesOptions): PortClient {
  return {
    async send(request) {
      const [, name, action] = (request.method === "POST" && bulkPath.exec(request.path)) || [];
      if (name === undefined) return port.send(request);
      const blueprint = decodeURIComponent(name);
      const sent = listOf(request.body?.["entities"]);
      const watch = await begin(blueprint, sent.map(nameOf).filter(isText));
      const answer = await port.send(request);
      if (action === "entities/bulk") {
        await watch.written(readWritten(blueprint, sent, answer.body));
      } else {
        await watch.deleted(listOf(answer.body["deletedEntities"] ?? sent).filter(isText));
      }
      return answer;
    },
  };
}

/** A write sends entities, a deletion names. */
function nameOf(sent: Json): Json | undefined {
  return isJsonObject(sent) ? sent["identifier"] : sent;
}

/** Port names entities by their place in the request. */
function readWritten(blueprint: string, sent: Json[], body: JsonObject): WrittenEntity[] {
  return listOf(body["entities"]).flatMap((row) => {
    if (!isJsonObject(row) || typeof row["index"] !== "number") return [];
    const entity = sent[row["index"]];
    if (!isJsonObject(entity)) return [];
    const identifier = [entity["identifier"], row["identifier"]].find(isText);
    if (identifier === undefined) return [];
    return [{ blueprint, identifier, created: row["created"] === true, entity }];
  });
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function isText(value: Json | undefined): value is string {
  return typeof value === "string";
}
