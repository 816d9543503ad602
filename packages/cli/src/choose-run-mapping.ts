import {
  chooseMapping,
  type ChosenMapping,
  ConfigError,
  type Integration,
  type Mapping,
  readIntegration,
  type SettingSources,
} from "@pagerport/core";
import type { CliContext } from "./context.ts";
import type { OpenedRun } from "./open-run.ts";
import { readGivenMapping } from "./run-options.ts";

/** What a run goes by. */
export interface RunMapping {
  readonly mapping: Mapping;
  /** For a person: a file's name, `the mapping of integration X in Port`, `the default mapping`. */
  readonly name: string;
  readonly from: ChosenMapping["from"];
  /** Undefined where Port has none of that name. */
  readonly integration: Integration | undefined;
}

/**
 * Reads the integration from Port and chooses the mapping of a run.
 *
 * @throws {MappingError} with every mistake in the mapping
 * @throws {ConfigError} when the mapping has no resources: nothing is read then, and nothing deleted
 */
export async function chooseRunMapping(
  { port, integrationIdentifier }: Pick<OpenedRun, "port" | "integrationIdentifier">,
  sources: SettingSources,
  context: CliContext,
): Promise<RunMapping> {
  const given = await readGivenMapping(sources, context);
  const { signal } = context;
  const integration = await readIntegration(port, { integrationIdentifier, signal });
  const readStored = (): Promise<unknown> =>
    Promise.resolve(integration === undefined ? undefined : (integration.config ?? null));
  const chosen = await chooseMapping({ given, integrationIdentifier, readStored });
  const { mapping, name, from } = chosen;
  if (mapping === undefined) {
    throw new ConfigError(
      `${name} has no resources, so nothing was read and nothing deleted. Give one with --mapping, or write one in Port's data source.`,
    );
  }
  return { mapping, name, from, integration };
}
