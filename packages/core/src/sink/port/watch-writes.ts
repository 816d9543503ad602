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

export interface WatchWritesOptions {
  readonly port: PortClient;
  /** Told of entities that Port has just taken. What wrote them waits for it; it must not throw. */
  readonly onWritten: (entities: readonly WrittenEntity[]) => Promise<void>;
  /** Told of entities that Port has just deleted, in the same way. */
  readonly onDeleted: (blueprint: string, identifiers: readonly string[]) => Promise<void>;
}

/** A client of Port's API that tells of every entity that is written or deleted through it. */
export function watchWrites({ port, onWritten, onDeleted }: WatchWritesOptions): PortClient {
  return {
    async send(request) {
      const answer = await port.send(request);
      const [, name, action] = (request.method === "POST" && bulkPath.exec(request.path)) || [];
      if (name === undefined) return answer;
      const blueprint = decodeURIComponent(name);
      const sent = listOf(request.body?.["entities"]);
      if (action === "entities/bulk") {
        const written = readWritten(blueprint, sent, answer.body);
        if (written.length > 0) await onWritten(written);
      } else {
        const deleted = listOf(answer.body["deletedEntities"] ?? sent).filter(isText);
        if (deleted.length > 0) await onDeleted(blueprint, deleted);
      }
      return answer;
    },
  };
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
