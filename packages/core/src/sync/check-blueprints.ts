import { ConfigError, HttpError } from "../errors.ts";
import { literalOf } from "../map/expression.ts";
import type { Resource } from "../map/mapping.ts";
import type { PortClient } from "../sink/port/port-client.ts";

/**
 * Makes sure that Port has the blueprints that resources write, as far as the mapping names them
 * literally. It is also the first that Port hears of the credentials.
 *
 * @throws {ConfigError} naming those that are missing @throws {HttpError} refused credentials
 */
export async function checkBlueprints(
  port: PortClient,
  resources: readonly Resource[],
  signal?: AbortSignal,
): Promise<void> {
  const literals = resources.flatMap(({ entities }) =>
    entities.map(({ blueprint }) => literalOf(blueprint)?.value),
  );
  const named = new Set(literals.filter((value) => typeof value === "string"));
  const missing: string[] = [];
  for (const blueprint of named) {
    try {
      const path = `/blueprints/${encodeURIComponent(blueprint)}`;
      await port.send({ method: "GET", path, signal });
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 404) throw error;
      missing.push(blueprint);
    }
  }
  if (missing.length === 0) return;
  throw new ConfigError(
    `Port has no blueprint ${missing.join(" and no blueprint ")}, which the mapping writes. Create it first, or use a mapping that names blueprints that are there`,
  );
}
