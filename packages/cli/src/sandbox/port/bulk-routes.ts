import { Hono } from "hono";
import type { Blueprint } from "./blueprint.ts";
import { deleteEntities } from "./delete-entities.ts";
import { isObject, readObject } from "./json-object.ts";
import { type EntityInput, parseEntity } from "./parse-entity.ts";
import { invalid, missing, PortProblem } from "./port-errors.ts";
import type { PortWorld } from "./port-world.ts";
import { requiredFlagOf, writeOptionsOf } from "./request-flags.ts";
import { type WriteOptions, writeEntity } from "./write-entity.ts";

/** Entities of one bulk request (Port's API reference). */
const mostWritten = 20;
const mostDeleted = 100;

/** What a bulk write says of one entity that was written. */
interface BulkEntity {
  readonly identifier: string;
  readonly index: number;
  readonly created: boolean;
}

/** What a bulk write says of one entity that was not. */
interface BulkError {
  readonly identifier: string;
  readonly index: number;
  readonly statusCode: number;
  readonly error: string;
  readonly message: string;
}

/** Writing and deleting many entities at once. */
export function bulkRoutes(world: PortWorld): Hono {
  const app = new Hono();
  const { catalog } = world;

  app.post("/v1/blueprints/:bp/entities/bulk", async (context) => {
    const options = writeOptionsOf(context.req.raw);
    const blueprint = catalog.blueprint(context.req.param("bp"));
    const sent = listOf((await readObject(context.req.raw))["entities"]);
    if (sent.length > mostWritten) {
      const { tooManyStatus } = catalog.behaviour;
      const message = `body/entities must NOT have more than ${mostWritten} items`;
      throw new PortProblem(tooManyStatus, "invalid_request", message);
    }
    // A wrong shape is found before anything is written, and fails the innocent along with the guilty.
    if (catalog.behaviour.shapeErrors === "chunk") sent.forEach((entity) => parseEntity(entity));

    const entities: BulkEntity[] = [];
    const errors: BulkError[] = [];
    for (const [index, entity] of sent.entries()) {
      try {
        const written = writeOne(world, blueprint, entity, options);
        entities.push({ ...written, index });
      } catch (error) {
        if (!(error instanceof PortProblem)) throw error;
        errors.push(bulkError(entity, index, error));
      }
    }
    const ok = errors.length === 0;
    return context.json({ ok, entities, errors }, ok ? 200 : 207);
  });

  app.post("/v1/blueprints/:bp/bulk/entities/delete", async (context) => {
    const withDependents = requiredFlagOf(new URL(context.req.url), "delete_dependents");
    const blueprint = catalog.blueprint(context.req.param("bp")).identifier;
    const identifiers = listOf((await readObject(context.req.raw))["entities"]).map(String);
    if (identifiers.length > mostDeleted) {
      throw invalid(`body/entities must NOT have more than ${mostDeleted} items`);
    }
    const found = identifiers.flatMap((identifier) => {
      const entity = catalog.entities.get({ blueprint, identifier });
      if (entity === undefined && catalog.behaviour.deleteMissing === "refuse") {
        throw missing("Entity", identifier);
      }
      return entity ?? [];
    });
    deleteEntities(catalog, found, withDependents);
    return context.json({ ok: true, deletedEntities: found.map(({ identifier }) => identifier) });
  });

  return app;
}

/** Writes one entity as it was sent, unless the sandbox was told to refuse it. */
export function writeOne(
  world: PortWorld,
  blueprint: Blueprint,
  sent: unknown,
  options: WriteOptions,
): { readonly identifier: string; readonly created: boolean } {
  const input: EntityInput = parseEntity(sent);
  const rejection = world.catalog.behaviour.reject(sent);
  if (rejection !== undefined) {
    throw new PortProblem(rejection.status, "rejected", rejection.message);
  }
  const { entity, created } = writeEntity(world.catalog, blueprint, input, options);
  return { identifier: entity.identifier, created };
}

function bulkError(sent: unknown, index: number, problem: PortProblem): BulkError {
  const identifier = isObject(sent) ? sent["identifier"] : undefined;
  const { status: statusCode, error, message } = problem;
  // A search that found no entity, or several, has none to name.
  const name = typeof identifier === "string" ? identifier : "unknown";
  return { identifier: name, index, statusCode, error, message };
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw invalid("body/entities must be array with at least 1 item");
  }
  return value;
}
