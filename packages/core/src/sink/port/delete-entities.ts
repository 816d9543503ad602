import { HttpError } from "../../errors.ts";
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
    const gone = new Set(Array.isArray(deletedEntities) ? deletedEntities : identifiers);
    return {
      deleted: identifiers.filter((identifier) => gone.has(identifier)),
      refused: identifiers
        .filter((identifier) => !gone.has(identifier))
        .map((identifier) => ({ identifier, reason: "Port did not delete it" })),
    };
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
