import {
  chooseMapping,
  type Clock,
  ConfigError,
  describeInitProblems,
  initPort,
  type Mapping,
  type PortClient,
  readIntegration,
} from "@pagerport/core";
import { version } from "./version.ts";

export interface MappingReaderOptions {
  readonly port: PortClient;
  readonly clock: Clock;
  readonly integrationIdentifier: string;
  /** The one that is configured; undefined = what Port has stored, else our own. */
  readonly given: Mapping | undefined;
  /** Whether missing blueprints and the integration are made in Port, before the first run. */
  readonly initializes: boolean;
  /** Makes sure that Port is the integration's own, before anything is made there. */
  readonly checkHosts: (mapping: Mapping, signal: AbortSignal) => Promise<void>;
  /** Does what writes to Port so that whoever pauses waits for its end, see `asWriter()`. */
  readonly write: <Value>(work: () => Promise<Value>) => Promise<Value>;
  /** Told what a person should know. */
  readonly onNotice: (message: string) => void;
}

/**
 * Makes the function that reads the mapping as it is now, and makes Port ready for it once.
 *
 * @returns a function that gives undefined where the mapping has no resources, and throws
 * {@link ConfigError} where Port cannot be made ready, or with every mistake in the mapping
 */
export function createMappingReader(
  options: MappingReaderOptions,
): (signal: AbortSignal) => Promise<Mapping | undefined> {
  const { port, clock, integrationIdentifier, given, onNotice } = options;
  let isReady = !options.initializes;
  return async (signal) => {
    const integration = await readIntegration(port, { integrationIdentifier, signal });
    const stored = integration === undefined ? undefined : (integration.config ?? null);
    const { mapping } =
      given === undefined
        ? await chooseMapping({ integrationIdentifier, readStored: () => Promise.resolve(stored) })
        : { mapping: given.resources.length > 0 ? given : undefined };
    if (mapping === undefined || isReady) return mapping;
    await options.checkHosts(mapping, signal);
    if (integration?.arePortResourcesInitialized !== true) {
      const report = await options.write(() =>
        initPort({
          port,
          clock,
          integrationIdentifier,
          version,
          mapping,
          resourcesOrigin: undefined,
          signal,
        }),
      );
      const problems = describeInitProblems(report);
      if (report.blocked) {
        throw new ConfigError(
          `Port is not ready for the mapping, and nothing was written:\n${problems.join("\n")}\nWithout this step: pagerport.initializePortResources: false`,
        );
      }
      for (const problem of problems) onNotice(problem);
    }
    isReady = true;
    return mapping;
  };
}
