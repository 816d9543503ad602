import { HttpError } from "../../errors.ts";
import { findEntities } from "./find-entities.ts";
import type { PortClient } from "./port-client.ts";

/** Port's limit for one bulk request. {@link https://docs.port.io/api-reference} */
const mostEntities = 100;

/** Answers that are about the entities that were named, and not about us. */
const refusesContent: ReadonlySet<number> = new Set([400, 404, 409, 413, 422]);

/** What became of entities that were to be deleted. */
export interface DeleteOutcome {
  /** Those that are gone now, whether this request or another took them. */
  readonly deleted: readonly string[];
  readonly refused: readonly { readonly identifier: string; readonly reason: string }[];
}

/**
 * Deletes entities of one blueprint by name, never what depends on them: dependents are named by the
 * caller, who has put them in its journal. A request that is refused whole is halved until the guilty
 * entity is alone.
 *
 * @throws {HttpError} {@link NetworkError} when Port refuses for other reasons, or does not answer
 */
export async function deleteEntities(
  port: PortClient,
  blueprint: string,
  identifiers: readonly string[],
  signal?: AbortSignal,
): Promise<DeleteOutcome> {
  if (identifiers.length > mostEntities) {
    return deleteInParts(port, blueprint, identifiers, mostEntities, signal);
  }
  const [first] = identifiers;
  if (first === undefined) return { deleted: [], refused: [] };
  let named: ReadonlySet<unknown>;
  try {
    const { body } = await port.send({
      method: "POST",
      path: `/blueprints/${encodeURIComponent(blueprint)}/bulk/entities/delete`,
      query: { delete_dependents: false },
      body: { entities: [...identifiers] },
      as: "exporter",
      signal,
      signalEnds: "retries",
    });
    const { deletedEntities } = body;
    named = new Set(Array.isArray(deletedEntities) ? deletedEntities : identifiers);
  } catch (error) {
    if (!(error instanceof HttpError) || !refusesContent.has(error.status)) throw error;
    if (identifiers.length > 1) {
      const half = Math.ceil(identifiers.length / 2);
      return deleteInParts(port, blueprint, identifiers, half, signal);
    }
    // Another process, or a person, was faster.
    if (error.status === 404) return { deleted: [first], refused: [] };
    return { deleted: [], refused: [{ identifier: first, reason: error.reason }] };
  }
  return confirmDeleted(port, { blueprint, identifiers, named, signal });
}

/**
 * What Port does not name as deleted may be gone all the same: the answer to the request that took it was lost,
 * and this is the answer to the next one. So Port is asked what is still there.
 */
async function confirmDeleted(
  port: PortClient,
  asked: {
    readonly blueprint: string;
    readonly identifiers: readonly string[];
    readonly named: ReadonlySet<unknown>;
    readonly signal: AbortSignal | undefined;
  },
): Promise<DeleteOutcome> {
  const { blueprint, identifiers, named, signal } = asked;
  const others = identifiers.filter((identifier) => !named.has(identifier));
  if (others.length === 0) return { deleted: identifiers, refused: [] };
  const there = await findEntities(port, blueprint, others, { fields: ["title"], signal });
  return {
    deleted: identifiers.filter((identifier) => !there.has(identifier)),
    refused: others
      .filter((identifier) => there.has(identifier))
      .map((identifier) => ({ identifier, reason: "Port did not delete it" })),
  };
}

async function deleteInParts(
  port: PortClient,
  blueprint: string,
  identifiers: readonly string[],
  size: number,
  signal: AbortSignal | undefined,
): Promise<DeleteOutcome> {
  const deleted: string[] = [];
  const refused: { identifier: string; reason: string }[] = [];
  for (let start = 0; start < identifiers.length; start += size) {
    const part = identifiers.slice(start, start + size);
    const outcome = await deleteEntities(port, blueprint, part, signal);
    deleted.push(...outcome.deleted);
    refused.push(...outcome.refused);
  }
  return { deleted, refused };
}
