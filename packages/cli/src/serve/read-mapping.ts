import {
  chooseMapping,
  type ChosenMapping,
  ConfigError,
  type Integration,
  type Mapping,
  readIntegration,
  type SettingSources,
} from "@pagerport/core";
import type { CliContext } from "../context.ts";
import type { OpenedRun } from "../open-run.ts";
import { readGivenMapping } from "../run-options.ts";

/** The mapping of a server: one that was given stays as it is, one in Port is as Port has it. */
export interface MappingReader {
  /** The mapping as it is now; undefined where there is none with resources. */
  readonly read: (signal: AbortSignal) => Promise<Mapping | undefined>;
  /** The mapping for an integration that has been read. @throws {MappingError} */
  readonly choose: (integration: Integration | undefined) => Promise<ChosenMapping>;
}

/**
 * Makes what reads the mapping. One that was given is read and checked now.
 *
 * @throws {MappingError} with every mistake in a given one
 * @throws {ConfigError} when a given one has no resources
 */
export async function createMappingReader(
  { port, integrationIdentifier }: Pick<OpenedRun, "port" | "integrationIdentifier">,
  sources: SettingSources,
  context: CliContext,
): Promise<MappingReader> {
  const given = await readGivenMapping(sources, context);
  if (given !== undefined) {
    const readStored = (): Promise<unknown> => Promise.resolve(undefined);
    const chosen = await chooseMapping({ given, integrationIdentifier, readStored });
    const { mapping, name } = chosen;
    if (mapping === undefined) {
      throw new ConfigError(`${name} has no resources, so there would be nothing to do`, {
        setting: "--mapping",
      });
    }
    return { read: () => Promise.resolve(mapping), choose: () => Promise.resolve(chosen) };
  }

  let latest: { readonly text: string; readonly chosen: ChosenMapping } | undefined;
  const choose = async (integration: Integration | undefined): Promise<ChosenMapping> => {
    const stored = integration === undefined ? undefined : (integration.config ?? null);
    // Checking it compiles every expression of it: only done again when it has changed.
    const text = JSON.stringify(stored) ?? "";
    if (latest?.text === text) return latest.chosen;
    const readStored = (): Promise<unknown> => Promise.resolve(stored);
    const chosen = await chooseMapping({ integrationIdentifier, readStored });
    latest = { text, chosen };
    return chosen;
  };
  return {
    choose,
    read: async (signal) => {
      const integration = await readIntegration(port, { integrationIdentifier, signal });
      return (await choose(integration)).mapping;
    },
  };
}
